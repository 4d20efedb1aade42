//! How much of a body has arrived.

/// How much has arrived, as of a
/// [`ProgressEvent`](https://xhr.spec.whatwg.org/#interface-progressevent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the body so far.
    pub loaded: u64,
    /// Bytes in all, never fewer than `loaded`; `None` where the server does not say, or says it of
    /// a compressed body.
    pub total: Option<u64>,
}

impl Progress {
    /// `total` is 0 where it is unknown. A total below `loaded` is that of a compressed body.
    pub(crate) const fn new(loaded: u64, total: u64) -> Self {
        Self { loaded, total: if total != 0 && total >= loaded { Some(total) } else { None } }
    }
}

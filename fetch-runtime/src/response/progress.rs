//! The progress of a transfer.

/// How much of a body has arrived or, for [`on_upload`](crate::Request::on_upload), has been sent.
/// Compare [`ProgressEvent`](https://xhr.spec.whatwg.org/#interface-progressevent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The bytes of the body that have arrived, or have been sent.
    pub loaded: u64,
    /// The length of the whole body in bytes, never less than `loaded`. `None` if the server gave
    /// no length, or gave that of a compressed body. The length of a request's body is known.
    pub total: Option<u64>,
}

impl Progress {
    /// `total` is 0 if it is unknown. A total below `loaded` is the length of a compressed body.
    pub(crate) const fn new(loaded: u64, total: u64) -> Self {
        Self { loaded, total: if total != 0 && total >= loaded { Some(total) } else { None } }
    }
}

//! What a request does: a download, or a record stored or deleted.

use super::CacheMode;

/// What upstream is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Downloads, or loads from the cache.
    Download(CacheMode),
    /// Stores a record in the cache.
    Store,
    /// Deletes a record from the cache.
    Delete,
}

impl Operation {
    /// Whether there is a transfer, if the cache does not answer. Otherwise the URL is a key, and
    /// need not be a URL.
    pub(crate) fn needs_network(self) -> bool {
        !matches!(self, Self::Download(CacheMode::OnlyIfCached) | Self::Store | Self::Delete)
    }

    /// Whether it reads or writes the cache.
    pub(crate) fn uses_cache(self) -> bool {
        self != Self::Download(CacheMode::NoStore)
    }
}

//! The operation of a request: a download, or the store or deletion of a record.

use super::CacheMode;

/// The operation that upstream carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Downloads the body, or loads it from the cache.
    Download(CacheMode),
    /// Stores a record in the cache.
    Store,
    /// Deletes a record from the cache.
    Delete,
}

impl Operation {
    /// Whether the request is sent if the cache has no entry. Otherwise its URL is a key, which
    /// need not be a URL.
    pub(crate) fn needs_network(self) -> bool {
        !matches!(self, Self::Download(CacheMode::OnlyIfCached) | Self::Store | Self::Delete)
    }

    /// The mode of a download.
    pub(crate) fn cache_mode(self) -> Option<CacheMode> {
        match self {
            Self::Download(mode) => Some(mode),
            Self::Store | Self::Delete => None,
        }
    }

    /// Whether the operation reads or writes the cache.
    pub(crate) fn uses_cache(self) -> bool {
        self != Self::Download(CacheMode::NoStore)
    }
}

//! The builder method that chooses a cache mode.

use crate::{CacheMode, Request};

impl Request {
    /// Chooses how the request uses the cache. Only GET requests can use it.
    ///
    /// With a `Range` header, every mode but [`CacheMode::NoStore`] is
    /// [`StartError::HeaderNotAllowed`](crate::StartError::HeaderNotAllowed). So are
    /// [`CacheMode::NoCache`] and [`CacheMode::Default`] with a condition of the program's own,
    /// such as `If-None-Match`.
    // Inlined where the mode is a constant, so that a program links only what its modes need.
    #[inline(always)]
    pub fn cache(self, mode: CacheMode) -> Self {
        match mode {
            CacheMode::NoCache | CacheMode::Default => self.http_cache(mode),
            _ => self.with_mode(mode),
        }
    }
}

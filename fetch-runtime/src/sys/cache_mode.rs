//! How a request deals with the cache, in the Fetch standard's words.

use super::{
    EMSCRIPTEN_FETCH_NO_DOWNLOAD, EMSCRIPTEN_FETCH_PERSIST_FILE, EMSCRIPTEN_FETCH_REPLACE,
};

/// How a download deals with the cache: IndexedDB on the web, a file in the user's cache folder
/// natively.
///
/// A download is kept under its absolute URL, without the fragment; a relative URL is resolved
/// first. [`Request::cache_key`](crate::Request::cache_key) replaces that key. All programs of an
/// origin share its cache, and natively all programs that use the same folder do.
///
/// Only a response with the status 200 is stored. Any other success is
/// [`CacheStatus::NotStored`](crate::CacheStatus::NotStored). A part must not answer for the whole
/// ([RFC 9111 §3.3]): a `Range` header goes with [`NoStore`](Self::NoStore) alone.
///
/// The names are those of the Fetch standard's [cache modes]. What is stored has no age and no
/// validators: it stays until it is replaced or deleted
/// ([`Request::idb_delete`](crate::Request::idb_delete)). A browser's own HTTP cache is another
/// one, in front of the network: what it may answer with is for the server's `Cache-Control` to
/// say, in every mode. The native backend has none. C's flags can be combined into requests that
/// never end (`REPLACE | NO_DOWNLOAD`); these modes cannot.
///
/// ```
/// use fetch_runtime::{CacheMode, Request};
///
/// let request = Request::get("https://example.com/level/1").cache(CacheMode::ForceCache);
/// # drop(request);
/// ```
///
/// [RFC 9111 §3.3]: https://www.rfc-editor.org/rfc/rfc9111#section-3.3
/// [cache modes]: https://fetch.spec.whatwg.org/#concept-request-cache-mode
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheMode {
    /// Neither reads nor writes the cache. The default.
    #[default]
    NoStore,
    /// Downloads, and stores the body.
    Reload,
    /// The stored body if there is one, else downloads and stores it.
    ForceCache,
    /// The stored body, or [`Outcome::CacheMiss`](crate::Outcome::CacheMiss). Never downloads.
    ///
    /// Without [`cache_key`](crate::Request::cache_key), the cache is asked for two things: the
    /// record whose key is the URL exactly as it was written, and if there is none, the download of
    /// that URL. The text need not be a URL.
    OnlyIfCached,
}

impl CacheMode {
    /// The C flags of this mode.
    pub(crate) const fn flags(self) -> u32 {
        match self {
            Self::NoStore => EMSCRIPTEN_FETCH_REPLACE,
            Self::Reload => EMSCRIPTEN_FETCH_REPLACE | EMSCRIPTEN_FETCH_PERSIST_FILE,
            Self::ForceCache => EMSCRIPTEN_FETCH_PERSIST_FILE,
            Self::OnlyIfCached => EMSCRIPTEN_FETCH_NO_DOWNLOAD,
        }
    }

    /// Whether a download in this mode is stored, if its status is 200.
    pub(crate) const fn stores(self) -> bool {
        matches!(self, Self::Reload | Self::ForceCache)
    }
}

//! The cache modes, named as in the Fetch standard.

use super::{
    EMSCRIPTEN_FETCH_NO_DOWNLOAD, EMSCRIPTEN_FETCH_PERSIST_FILE, EMSCRIPTEN_FETCH_REPLACE,
};

/// How a download uses the cache: IndexedDB on the web, a file in the user's cache folder on the
/// desktop.
///
/// The key of a download is its absolute URL without the fragment. A relative URL is resolved
/// first. [`Request::cache_key`](crate::Request::cache_key) replaces the key. All programs of an
/// origin share its cache. On the desktop, all programs that use the same folder share it.
///
/// Only a response with the status 200 is stored. Any other success is
/// [`CacheStatus::NotStored`](crate::CacheStatus::NotStored). A part must not answer a request for
/// the whole ([RFC 9111 §3.3]), so a request with a `Range` header can only use
/// [`NoStore`](Self::NoStore).
///
/// The names are those of the Fetch standard's [cache modes]. A stored body stays until a request
/// replaces or deletes it ([`Request::idb_delete`](crate::Request::idb_delete)). The modes
/// [`NoCache`](Self::NoCache) and [`Default`](Self::Default) store its headers, too, and know its
/// age and its validators. The others have bodies alone.
///
/// A browser also has an HTTP cache, in front of the network. The server's `Cache-Control` governs
/// it, in every mode. The native backend has no such cache.
///
/// Some combinations of C's flags make requests that never end (`REPLACE | NO_DOWNLOAD`). These
/// modes exclude them.
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
    /// Downloads and stores the body.
    Reload,
    /// Loads the stored body. If there is none, downloads and stores it.
    ForceCache,
    /// Loads the stored body. If there is none, ends with
    /// [`Outcome::CacheMiss`](crate::Outcome::CacheMiss). Never downloads.
    ///
    /// Without [`cache_key`](crate::Request::cache_key), the cache looks first for a record whose
    /// key is the URL exactly as the program wrote it, then for the download of that URL. The text
    /// need not be a URL.
    OnlyIfCached,
    /// Asks the server each time. With a stored response, the request is conditional
    /// (`If-None-Match`, `If-Modified-Since`): a 304 means that the stored body is still good, and
    /// is its [`CacheStatus::Revalidated`](crate::CacheStatus::Revalidated). Stores what it
    /// downloads, with its headers, unless the server forbids it (`no-store`).
    NoCache,
    /// Follows the rules of an HTTP cache ([RFC 9111]), as a browser does. Loads a stored response
    /// that is fresh, by `Cache-Control`, `Expires`, `Age` and `Date`. Asks the server otherwise,
    /// as [`NoCache`](Self::NoCache) does. A stale response is used where the server permits it
    /// ([RFC 5861]): `stale-while-revalidate`, `stale-if-error`.
    ///
    /// The guide [Caching](crate::guide::caching) has the rules. This is not the default of a
    /// request, which is [`NoStore`](Self::NoStore).
    ///
    /// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111
    /// [RFC 5861]: https://www.rfc-editor.org/rfc/rfc5861
    Default,
}

impl CacheMode {
    /// The C flags of this mode.
    pub(crate) const fn flags(self) -> u32 {
        match self {
            Self::NoStore => EMSCRIPTEN_FETCH_REPLACE,
            Self::Reload => EMSCRIPTEN_FETCH_REPLACE | EMSCRIPTEN_FETCH_PERSIST_FILE,
            // For the last two, the lookup of this crate decides what upstream finds.
            Self::ForceCache | Self::NoCache | Self::Default => EMSCRIPTEN_FETCH_PERSIST_FILE,
            Self::OnlyIfCached => EMSCRIPTEN_FETCH_NO_DOWNLOAD,
        }
    }

    /// Whether this mode stores a download whose status is 200.
    pub(crate) const fn stores(self) -> bool {
        matches!(self, Self::Reload | Self::ForceCache | Self::NoCache | Self::Default)
    }
}

//! The outcome of a request.

use std::fmt;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The status is from 200 to 299, the cache had the body, or a record was stored or deleted.
    Success,
    /// The server answered with another status. The response has the body that it sent.
    HttpError,
    /// No complete answer arrived: the network, DNS, TLS or CORS failed, or the connection broke.
    /// Or JavaScript threw an exception when the turn of a request that had waited
    /// [came](crate::set_max_in_flight).
    NetworkError,
    /// The [timeout](crate::Request::timeout) expired before the request was over, or no byte came
    /// for the [idle timeout](crate::Request::idle_timeout).
    Timeout,
    /// [`Fetch::abort`](crate::Fetch::abort) or
    /// [`AbortController::abort`](crate::AbortController::abort) was called, C code closed the
    /// fetch, or a chunk was not delivered because `on_chunk` panicked.
    Aborted,
    /// The mode is [`CacheMode::OnlyIfCached`](crate::CacheMode::OnlyIfCached), and the cache has
    /// no such entry.
    CacheMiss,
    /// The cache cannot be used: IndexedDB or, on the desktop, the cache folder.
    CacheUnavailable,
    /// The cache failed to store or delete a record. Most often, it is full.
    CacheFailed,
    /// The body did not fit into memory. Or there was none for the request itself, when its turn
    /// [came](crate::set_max_in_flight).
    OutOfMemory,
    /// The body is not the one whose digest the option `integrity` gives. It is dropped.
    IntegrityMismatch,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Success => "success",
            Self::HttpError => "HTTP error status",
            Self::NetworkError => "network error",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::CacheMiss => "not in the cache",
            Self::CacheUnavailable => "the cache is unavailable",
            Self::CacheFailed => "cache write failed",
            Self::OutOfMemory => "no memory for the body",
            Self::IntegrityMismatch => "the body does not match the integrity",
        })
    }
}

/// How a request used the cache; compare the `Cache-Status` header ([RFC 9211]).
///
/// [RFC 9211]: https://www.rfc-editor.org/rfc/rfc9211
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheStatus {
    /// The cache was not used, or there was nothing to store.
    Bypass,
    /// The body comes from the cache.
    Hit,
    /// The body comes from the cache, and the server has said that it is still good. Only with
    /// [`CacheMode::NoCache`](crate::CacheMode::NoCache) and
    /// [`CacheMode::Default`](crate::CacheMode::Default).
    Revalidated,
    /// The body comes from the cache, although it is no longer fresh: the program or the server
    /// permits that. Only with [`CacheMode::Default`](crate::CacheMode::Default).
    Stale,
    /// The body or the record is in the cache now.
    Stored,
    /// The body was not stored, although the mode asked for it: the cache is full or unavailable,
    /// the status is not 200, or the server forbids it. The response still has its body.
    NotStored,
}

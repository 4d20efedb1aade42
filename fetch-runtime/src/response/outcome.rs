//! How a request ended.

use std::fmt;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// A status from 200 to 299, a stored body, or a record stored or deleted.
    Success,
    /// The server answered, with another status. The body is what it sent.
    HttpError,
    /// No answer: the network, DNS, TLS, CORS, or a connection that broke.
    NetworkError,
    /// No answer within the [timeout](crate::Request::timeout).
    Timeout,
    /// [`Fetch::abort`](crate::Fetch::abort) or
    /// [`AbortController::abort`](crate::AbortController::abort) was called.
    Aborted,
    /// [`CacheMode::OnlyIfCached`](crate::CacheMode::OnlyIfCached), and nothing is stored.
    CacheMiss,
    /// There is no cache: IndexedDB, or natively the cache's folder, cannot be used.
    CacheUnavailable,
    /// The cache refused to store or delete a record: most often it is full.
    CacheFailed,
    /// The body did not fit into memory.
    OutOfMemory,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Success => "success",
            Self::HttpError => "an HTTP error status",
            Self::NetworkError => "network error",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::CacheMiss => "not in the cache",
            Self::CacheUnavailable => "the cache is unavailable",
            Self::CacheFailed => "the cache refused it",
            Self::OutOfMemory => "no memory for the body",
        })
    }
}

/// What the cache had to do with a response; compare `Cache-Status` ([RFC 9211]).
///
/// [RFC 9211]: https://www.rfc-editor.org/rfc/rfc9211
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheStatus {
    /// Nothing: it was not asked, or there was nothing to store.
    Bypass,
    /// The body comes from it.
    Hit,
    /// The body, or the record, is in it now.
    Stored,
    /// It was to be stored and was not: the cache is full, or unavailable, or the response is not a
    /// 200. The body is intact.
    NotStored,
}

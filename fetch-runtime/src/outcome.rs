//! How a fetch ended, told from what upstream left in the struct.

use std::fmt;

use crate::CacheMode;
use crate::sys::DONE;

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
    /// [`CacheMode::OnlyIfCached`], and nothing is stored.
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

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Download(CacheMode),
    Store,
    Delete,
}

/// What a terminal callback found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub asked: Asked,
    /// `onsuccess`, not `onerror`.
    pub succeeded: bool,
    pub has_id: bool,
    pub ready_state: u16,
    pub status: u16,
    /// The status that the server sent, remembered when the headers arrived.
    pub head: Option<u16>,
    /// `numBytes > 0`, but `data` is null.
    pub body_is_lost: bool,
    /// What it ends as, if it was to be ended: by `Fetch::abort` or when its time was over, by C
    /// code that closes it in flight, or because nobody takes its chunks any more.
    pub verdict: Option<Outcome>,
    pub timed_out: bool,
    /// A transaction of the cache is complete.
    pub is_stored: bool,
}

impl Found {
    pub(crate) fn outcome(&self) -> Outcome {
        if let Some(outcome) = self.verdict {
            return outcome;
        }
        if self.succeeded {
            return if self.body_is_lost { Outcome::OutOfMemory } else { Outcome::Success };
        }
        let cache_answered = self.ready_state == DONE;
        match self.asked {
            Asked::Store | Asked::Delete if cache_answered => Outcome::CacheFailed,
            Asked::Store | Asked::Delete => Outcome::CacheUnavailable,
            Asked::Download(CacheMode::OnlyIfCached) if cache_answered => Outcome::CacheMiss,
            Asked::Download(CacheMode::OnlyIfCached) => Outcome::CacheUnavailable,
            // Only what the headers brought is a status; without them it may be the 404 of a cache
            // miss.
            Asked::Download(_) if cache_answered && self.status != 0 && self.head.is_some() => {
                match self.status {
                    _ if self.body_is_lost => Outcome::OutOfMemory,
                    // A stream without a body.
                    200..300 => Outcome::Success,
                    _ => Outcome::HttpError,
                }
            }
            Asked::Download(_) if self.timed_out => Outcome::Timeout,
            Asked::Download(_) => Outcome::NetworkError,
        }
    }

    pub(crate) fn cache_status(&self) -> CacheStatus {
        match self.asked {
            // A store that was aborted too late has happened.
            Asked::Store if self.succeeded => CacheStatus::Stored,
            Asked::Store => CacheStatus::NotStored,
            Asked::Delete => CacheStatus::Bypass,
            Asked::Download(mode) if self.succeeded => match mode {
                // What was found for a request that was aborted by then goes to nobody.
                _ if !self.has_id && self.verdict.is_some() => CacheStatus::Bypass,
                _ if !self.has_id => CacheStatus::Hit,
                _ if !mode.stores() => CacheStatus::Bypass,
                _ if self.is_stored => CacheStatus::Stored,
                _ => CacheStatus::NotStored,
            },
            Asked::Download(_) => CacheStatus::Bypass,
        }
    }

    /// The status to show: the server's, not what caching wrote over it; 0 where nobody answered.
    pub(crate) fn true_status(&self, outcome: Outcome) -> u16 {
        match outcome {
            Outcome::Success | Outcome::HttpError | Outcome::OutOfMemory => {
                self.head.unwrap_or(self.status)
            }
            _ => 0,
        }
    }
}

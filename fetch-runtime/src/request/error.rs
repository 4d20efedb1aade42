//! Errors of a request that cannot begin.

use std::fmt;
use std::time::Duration;

use super::CacheMode;

/// The request never began, and its handler is not called. Each error names the value and the
/// remedy.
///
/// ```
/// use fetch_runtime::{Request, StartError};
///
/// let error = Request::get("http://exa mple/").send_fn(|_| ()).unwrap_err();
/// assert!(matches!(error, StartError::InvalidUrl { .. }));
/// assert_eq!(
///     error.to_string(),
///     "invalid URL \"http://exa mple/\": the host contains a character that no host may have",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// The method is not one that can be sent.
    InvalidMethod {
        /// The method.
        method: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL is not one that the browser would open, or a relative one where there is no base.
    InvalidUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key of a record, or of a cached response, is empty or contains NUL.
    InvalidKey {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The header's name is not a token, or one that only the browser may set.
    InvalidHeaderName {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The header's value cannot be sent.
    InvalidHeaderValue {
        /// The header's name.
        name: String,
        /// The header's value.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The MIME type is not one.
    InvalidMimeType {
        /// The MIME type.
        mime_type: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The user name or the password cannot be sent: it contains NUL, or what a stream cannot
    /// encode. Neither is repeated here.
    InvalidAuth {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The timeout is zero, or more than 2³² - 1 milliseconds (49 days).
    InvalidTimeout {
        /// The timeout.
        timeout: Duration,
    },
    /// Browsers send no body with GET and HEAD, but do not say so either.
    BodyNotAllowed {
        /// The request's method.
        method: String,
    },
    /// Only what GET downloads can be cached.
    CacheNotAllowed {
        /// The request's method.
        method: String,
        /// The mode that was asked for.
        mode: CacheMode,
    },
    /// A `Range` header asks for a part, and only whole responses are stored.
    HeaderNotAllowed {
        /// The header's name.
        name: String,
        /// The mode that was asked for.
        mode: CacheMode,
    },
    /// [`on_chunk`](crate::Request::on_chunk) does not go with what else is asked for.
    StreamNotAllowed {
        /// What it does not go with, and what to do instead.
        reason: &'static str,
    },
    /// [`send_blocking`](crate::Request::send_blocking) does not go with what else is asked for.
    BlockingNotAllowed {
        /// What it does not go with, and what to do instead.
        reason: &'static str,
    },
    /// [`send_blocking`](crate::Request::send_blocking) on the browser's main thread, which must
    /// not wait, or in a program that was linked without `-pthread`.
    WouldBlock,
    /// The program was linked without `-sFETCH_STREAMING`, which Emscripten has from 4.0.21 on.
    StreamingNotSupported,
    /// An option that means nothing for a request to the cache, `idb_store` or `idb_delete`.
    OptionNotAllowed {
        /// The request: `IDB_STORE` or `IDB_DELETE`.
        method: String,
        /// The builder's method.
        option: &'static str,
    },
    /// There is nothing to store: [`Request::idb_store`](crate::Request::idb_store) without a body.
    MissingBody {
        /// The key of the record.
        key: String,
    },
    /// The program was linked with `-sFETCH_SUPPORT_INDEXEDDB=0`: what is meant for the cache would
    /// be sent over HTTP.
    CacheNotSupported,
    /// Nothing can be sent here: on the web, because the host that runs the program lacks
    /// something; natively, at the end of a thread, in the destructors of its thread-locals, and in
    /// a process that was forked from one that had started requests.
    Unavailable {
        /// Why, and what to do about it.
        reason: &'static str,
    },
    /// JavaScript threw an exception while the request was started. The console shows it.
    Exception,
    /// The request's [`AbortController`](crate::AbortController) had aborted before.
    Aborted,
    /// Emscripten had no memory for the request.
    OutOfMemory,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidMethod { method, reason } => write!(f, "invalid method {method:?}: {reason}"),
            Self::InvalidUrl { url, reason } => write!(f, "invalid URL {url:?}: {reason}"),
            Self::InvalidKey { key, reason } => write!(f, "invalid key {key:?}: {reason}"),
            Self::InvalidHeaderName { name, reason } => write!(f, "invalid header name {name:?}: {reason}"),
            Self::InvalidHeaderValue { name, value, reason } => {
                write!(f, "invalid value {value:?} of the header {name:?}: {reason}")
            }
            Self::InvalidMimeType { mime_type, reason } => {
                write!(f, "invalid MIME type {mime_type:?}: {reason}")
            }
            Self::InvalidAuth { reason } => write!(f, "invalid user name or password: {reason}"),
            Self::InvalidTimeout { timeout } if timeout.is_zero() => {
                f.write_str("invalid timeout 0s: leave it out for none")
            }
            Self::InvalidTimeout { timeout } => {
                write!(f, "invalid timeout {timeout:?}: Emscripten counts up to 4294967295 ms")
            }
            Self::BodyNotAllowed { method } => {
                write!(f, "a {method} request has no body: use POST or PUT, or put the data into the URL")
            }
            Self::CacheNotAllowed { method, mode } => {
                write!(f, "a {method} request cannot use the cache mode {mode:?}: only GET can")
            }
            Self::HeaderNotAllowed { name, mode } => write!(
                f,
                "the header {name:?} does not go with the cache mode {mode:?}, as only whole responses are stored: \
                 use NoStore, or leave the header out"
            ),
            Self::StreamNotAllowed { reason } => write!(f, "the response cannot be streamed: {reason}"),
            Self::BlockingNotAllowed { reason } => write!(f, "the request cannot block: {reason}"),
            Self::WouldBlock => f.write_str(
                "only a pthread may wait (link the program with -pthread), and not the browser's main thread: use `send`",
            ),
            Self::StreamingNotSupported => f.write_str(
                "the response cannot be streamed: link the program with -sFETCH_STREAMING (Emscripten 4.0.21 or later)",
            ),
            Self::OptionNotAllowed { method, option } => {
                write!(
                    f,
                    "`{option}` means nothing for {method}, which never leaves the machine: leave it out"
                )
            }
            Self::MissingBody { key } => {
                write!(f, "nothing to store under {key:?}: give it a `body`, which may be empty")
            }
            Self::CacheNotSupported => {
                f.write_str("there is no cache: the program was linked with -sFETCH_SUPPORT_INDEXEDDB=0")
            }
            Self::Unavailable { reason } => write!(f, "the request cannot be sent here: {reason}"),
            Self::Exception => {
                f.write_str("JavaScript threw an exception while the request was started: see the console")
            }
            Self::Aborted => f.write_str("its signal has been aborted: take that of a new AbortController"),
            Self::OutOfMemory => f.write_str("no memory for the request"),
        }
    }
}

impl std::error::Error for StartError {}

//! The error of a request that does not start.

use std::fmt;
use std::time::Duration;

use super::CacheMode;

/// The request did not start. Its handler is not called. Each error names the value and the remedy.
///
/// ```
/// use fetch_runtime::{Request, StartError};
///
/// let error = Request::get("http://exa mple/").send_fn(|_| ()).unwrap_err();
/// assert!(matches!(error, StartError::InvalidUrl { .. }));
/// assert_eq!(
///     error.to_string(),
///     "invalid URL \"http://exa mple/\": the host contains an invalid character",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartError {
    /// The method is not a token, is too long, or is one that browsers forbid.
    InvalidMethod {
        /// The method.
        method: String,
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The browser would not open the URL, or the URL is relative and there is no base URL.
    InvalidUrl {
        /// The URL.
        url: String,
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The key of a record or of a cached response is empty, or contains NUL.
    InvalidKey {
        /// The key.
        key: String,
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The header's name is not a token, or only the browser may set this header.
    InvalidHeaderName {
        /// The header's name.
        name: String,
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The header's value contains a control character, or one above U+00FF.
    InvalidHeaderValue {
        /// The header's name.
        name: String,
        /// The header's value.
        value: String,
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The MIME type does not have the form `type/subtype`.
    InvalidMimeType {
        /// The MIME type.
        mime_type: String,
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The user name or the password contains NUL, or a character that a stream cannot encode. The
    /// error contains neither.
    InvalidAuth {
        /// The reason why it is invalid.
        reason: &'static str,
    },
    /// The integrity metadata has no value of a known algorithm, or one that is not the base64 of a
    /// digest; or the request is one whose response has no body.
    InvalidIntegrity {
        /// The integrity metadata.
        integrity: String,
        /// The reason why it is invalid, and the remedy.
        reason: &'static str,
    },
    /// The timeout is zero, or longer than 2³² - 1 milliseconds (49 days).
    InvalidTimeout {
        /// The timeout.
        timeout: Duration,
    },
    /// The method is GET or HEAD. Browsers silently drop the body of such a request.
    BodyNotAllowed {
        /// The request's method.
        method: String,
    },
    /// The method is not GET. Only GET requests can use the cache.
    CacheNotAllowed {
        /// The request's method.
        method: String,
        /// The request's cache mode.
        mode: CacheMode,
    },
    /// The request has a `Range` header, and the cache holds whole responses only. Or it has a
    /// condition, such as `If-None-Match`, and the cache makes the request conditional itself.
    HeaderNotAllowed {
        /// The header's name.
        name: String,
        /// The request's cache mode.
        mode: CacheMode,
    },
    /// [`on_chunk`](crate::Request::on_chunk) conflicts with another option.
    StreamNotAllowed {
        /// The conflict and its remedy.
        reason: &'static str,
    },
    /// [`resume`](crate::Request::resume) conflicts with the cache mode.
    ResumeNotAllowed {
        /// The conflict and its remedy.
        reason: &'static str,
    },
    /// [`send_blocking`](crate::Request::send_blocking) conflicts with an option of the request.
    BlockingNotAllowed {
        /// The conflict and its remedy.
        reason: &'static str,
    },
    /// [`send_blocking`](crate::Request::send_blocking) or [`block_on`](crate::block_on) was called
    /// where the thread cannot wait. On the browser's main thread only `main` can, and only in a
    /// program that is linked with [`-sJSPI`](crate::guide::linking#jspi).
    WouldBlock,
    /// The program was linked without `-sFETCH_STREAMING`, which needs Emscripten 4.0.21 or later.
    StreamingNotSupported,
    /// `idb_store` and `idb_delete` do not take this option.
    OptionNotAllowed {
        /// The request: `IDB_STORE` or `IDB_DELETE`.
        method: String,
        /// The name of the builder method.
        option: &'static str,
    },
    /// [`Request::idb_store`](crate::Request::idb_store) has no body.
    MissingBody {
        /// The key of the record.
        key: String,
    },
    /// The value of `json`, `form` or `query` cannot be written in that form.
    NotSerializable {
        /// The name of the builder method.
        option: &'static str,
        /// The reason, as serde's error gives it.
        reason: String,
    },
    /// The program was linked with `-sFETCH_SUPPORT_INDEXEDDB=0`. Emscripten would send a request
    /// for the cache over HTTP. On the desktop, fetch-runtime was built without the feature
    /// `native-cache`.
    CacheNotSupported,
    /// The environment cannot send requests. On the web, the host lacks a feature. On the desktop,
    /// the thread is ending and runs the destructors of its thread-locals, or the process was
    /// forked from one that had started requests, or fetch-runtime was built without the feature
    /// `native-https` that the URL needs.
    Unavailable {
        /// The cause and its remedy.
        reason: &'static str,
    },
    /// JavaScript threw an exception when the request started. The console shows it.
    Exception,
    /// The request's [`AbortController`](crate::AbortController) has already aborted.
    Aborted,
    /// There is no memory for the request.
    OutOfMemory,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidMethod { method, reason } => {
                write!(f, "invalid method {method:?}: {reason}")
            }
            Self::InvalidUrl { url, reason } => write!(f, "invalid URL {url:?}: {reason}"),
            Self::InvalidKey { key, reason } => write!(f, "invalid key {key:?}: {reason}"),
            Self::InvalidHeaderName { name, reason } => {
                write!(f, "invalid header name {name:?}: {reason}")
            }
            Self::InvalidHeaderValue { name, value, reason } => {
                write!(f, "invalid value {value:?} of the header {name:?}: {reason}")
            }
            Self::InvalidMimeType { mime_type, reason } => {
                write!(f, "invalid MIME type {mime_type:?}: {reason}")
            }
            Self::InvalidAuth { reason } => write!(f, "invalid user name or password: {reason}"),
            Self::InvalidIntegrity { integrity, reason } => {
                write!(f, "invalid integrity {integrity:?}: {reason}")
            }
            Self::InvalidTimeout { timeout } if timeout.is_zero() => {
                f.write_str("invalid timeout 0s: remove it for no limit")
            }
            Self::InvalidTimeout { timeout } => {
                write!(f, "invalid timeout {timeout:?}: the maximum is 4294967295 ms")
            }
            Self::BodyNotAllowed { method } => {
                write!(
                    f,
                    "a {method} request has no body: \
                     use POST or PUT, or put the data into the URL"
                )
            }
            Self::CacheNotAllowed { method, mode } => {
                write!(f, "a {method} request cannot use the cache mode {mode:?}: only GET can")
            }
            Self::HeaderNotAllowed { name, mode } => write!(
                f,
                "the cache holds whole responses, and sets conditions itself: \
                 remove the header {name:?}, or use NoStore instead of {mode:?}"
            ),
            Self::StreamNotAllowed { reason } => {
                write!(f, "the response cannot be streamed: {reason}")
            }
            Self::ResumeNotAllowed { reason } => {
                write!(f, "the download cannot be resumed: {reason}")
            }
            Self::BlockingNotAllowed { reason } => write!(f, "the request cannot block: {reason}"),
            Self::WouldBlock if cfg!(target_os = "emscripten") => f.write_str(
                "the page's main thread cannot wait here: await the request in a task, or use a \
                 worker. Only `main` can wait, if the program is linked with -sJSPI",
            ),
            Self::WouldBlock => f.write_str(
                "the thread cannot wait here, in a callback of its event loop: \
                 await the request in a task, or use a thread",
            ),
            Self::StreamingNotSupported => f.write_str(
                "the response cannot be streamed: \
                 link with -sFETCH_STREAMING (Emscripten 4.0.21 or later)",
            ),
            Self::OptionNotAllowed { method, option } => {
                write!(
                    f,
                    "{method} only touches the local cache and takes no `{option}`: remove it"
                )
            }
            Self::MissingBody { key } => {
                write!(f, "nothing to store under {key:?}: add a `body`, which may be empty")
            }
            Self::NotSerializable { option, reason } => {
                write!(f, "the value of `{option}` cannot be serialized: {reason}")
            }
            Self::CacheNotSupported if cfg!(target_os = "emscripten") => {
                f.write_str("the program has no cache: link without -sFETCH_SUPPORT_INDEXEDDB=0")
            }
            Self::CacheNotSupported => f.write_str(
                "the program has no cache: enable the feature `native-cache` of fetch-runtime",
            ),
            Self::Unavailable { reason } => write!(f, "the request cannot be sent: {reason}"),
            Self::Exception => {
                f.write_str("JavaScript threw an exception at the start: see the console")
            }
            Self::Aborted => f.write_str(
                "the request's signal has already been aborted: create a new AbortController",
            ),
            Self::OutOfMemory => f.write_str("no memory for the request"),
        }
    }
}

impl std::error::Error for StartError {}

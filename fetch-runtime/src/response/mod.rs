//! The response to a request.

use std::borrow::Cow;
use std::ffi::CString;
use std::fmt;
use std::time::Duration;

mod body;
mod chunk;
mod error;
mod head;
mod headers;
#[cfg(feature = "json")]
mod json;
mod outcome;
mod progress;
mod status_text;

pub use body::Body;
pub use chunk::Chunk;
pub use error::Error;
pub(crate) use head::Head;
pub use headers::{Headers, Iter};
#[cfg(feature = "json")]
pub use json::JsonError;
pub use outcome::{CacheStatus, Outcome};
pub use progress::Progress;
pub(crate) use status_text::StatusText;

/// The result of a request that is over, whether it succeeded or not. Its C struct has already been
/// closed; the response owns its values.
///
/// ```no_run
/// use fetch_runtime::{Outcome, Response, fetch, fetch_handler};
///
/// #[fetch_handler]
/// fn loaded(response: Response) {
///     match response.outcome() {
///         Outcome::Success => println!("{} bytes", response.body().len()),
///         Outcome::HttpError => println!("{} {}", response.status(), response.status_text()),
///         outcome => println!("{}: {outcome}", response.url()),
///     }
/// }
///
/// # fn main() -> Result<(), fetch_runtime::StartError> {
/// fetch!(GET "https://example.com/data.bin" => loaded)?;
/// # Ok(())
/// # }
/// ```
pub struct Response {
    /// It may end with C's NUL.
    pub(crate) url: Cow<'static, str>,
    pub(crate) final_url: FinalUrl,
    pub(crate) status: u16,
    pub(crate) status_text: StatusText,
    pub(crate) headers: Option<Headers>,
    pub(crate) body: Body,
    pub(crate) outcome: Outcome,
    pub(crate) cache_status: CacheStatus,
    pub(crate) age: Option<Duration>,
    /// The cause of a network error. Browsers do not reveal it.
    #[cfg(not(target_os = "emscripten"))]
    pub(crate) cause: Option<crate::sys::backend::Cause>,
}

/// The URL after all redirects.
pub(crate) enum FinalUrl {
    /// Emscripten has no field for it, or nothing was downloaded.
    Unknown,
    /// The request's own URL.
    Same,
    Other(CString),
}

impl Response {
    /// Makes the response of a request that got no answer.
    #[inline(never)]
    pub(crate) fn unanswered(url: Cow<'static, str>, outcome: Outcome) -> Self {
        Self {
            url,
            final_url: FinalUrl::Unknown,
            status: 0,
            status_text: StatusText::EMPTY,
            headers: None,
            body: Body::EMPTY,
            outcome,
            cache_status: CacheStatus::Bypass,
            age: None,
            #[cfg(not(target_os = "emscripten"))]
            cause: None,
        }
    }

    /// The URL or the record's key, as the program wrote it.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.strip_suffix('\0').unwrap_or(&self.url)
    }

    /// The URL after all redirects. `None` if nothing was downloaded, except for a body that was
    /// stored with its headers. Also `None` before Emscripten 4.0.10, which does not provide it.
    #[must_use]
    pub fn final_url(&self) -> Option<&str> {
        match &self.final_url {
            FinalUrl::Unknown => None,
            FinalUrl::Same => Some(self.url()),
            FinalUrl::Other(url) => url.to_str().ok(),
        }
    }

    /// The HTTP status that the server sent. For a stored body, and for a record that was stored or
    /// deleted, it is 200. Without an answer, it is 0.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase, at most 63 bytes. It is empty over HTTP/2, and if
    /// [`status`](Self::status) is 0.
    #[must_use]
    pub fn status_text(&self) -> &str {
        self.status_text.as_str()
    }

    /// The headers; `None` for a record, without an answer, and for a stored body, unless the mode
    /// is [`CacheMode::NoCache`] or [`CacheMode::Default`]: then they are those that were stored.
    ///
    /// [`CacheMode::NoCache`]: crate::CacheMode::NoCache
    /// [`CacheMode::Default`]: crate::CacheMode::Default
    #[must_use]
    pub fn headers(&self) -> Option<&Headers> {
        self.headers.as_ref()
    }

    /// The value of a header. The case of its name does not matter, and the values of a repeated
    /// header are joined by `", "`, as [`Headers::get`] says.
    ///
    /// ```
    /// # use fetch_runtime::fetch;
    /// fetch!(GET "data:text/css,a{{}}" => |response| {
    ///     assert_eq!(response.header("Content-Type"), Some("text/css"));
    ///     assert_eq!(response.header("ETag"), None);
    /// })?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.as_ref()?.get(name)
    }

    /// The body; empty if there is none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, owned. It is not copied.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }

    /// The body as text, decoded as UTF-8 whatever the headers say. As `Response.text()` in a
    /// browser, it removes a leading byte order mark, and replaces bytes that are not UTF-8 by
    /// U+FFFD ([*UTF-8 decode*][decode]). Valid UTF-8 is not copied.
    ///
    /// ```
    /// # use fetch_runtime::fetch;
    /// fetch!(GET "data:,%EF%BB%BFHello%FF" => |response| {
    ///     assert_eq!(response.text(), "Hello\u{fffd}");
    /// })?;
    /// fetch_runtime::run();
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    ///
    /// [decode]: https://encoding.spec.whatwg.org/#utf-8-decode
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let body: &[u8] = &self.body;
        String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
    }

    /// How the request ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// How the request used the cache.
    #[must_use]
    pub fn cache_status(&self) -> CacheStatus {
        self.cache_status
    }

    /// The age of a stored response: the time since the server made it, or said that it is still
    /// good ([RFC 9111 §4.2.3]). `None` for a response of the server, in other modes than
    /// [`CacheMode::NoCache`] and [`CacheMode::Default`], and if this device's clock has been set
    /// back.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use fetch_runtime::fetch;
    ///
    /// fetch!(GET "https://example.com/news.json", cache: Default => |response| {
    ///     if response.age() > Some(Duration::from_secs(3600)) {
    ///         println!("these are old news");
    ///     }
    /// })?;
    /// # Ok::<(), fetch_runtime::StartError>(())
    /// ```
    ///
    /// [RFC 9111 §4.2.3]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3
    /// [`CacheMode::NoCache`]: crate::CacheMode::NoCache
    /// [`CacheMode::Default`]: crate::CacheMode::Default
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Whether the outcome is [`Outcome::Success`].
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.outcome == Outcome::Success
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Response");
        shown
            .field("url", &self.url())
            .field("final_url", &self.final_url())
            .field("outcome", &self.outcome)
            .field("status", &self.status)
            .field("status_text", &self.status_text())
            .field("cache_status", &self.cache_status)
            .field("headers", &self.headers)
            .field("body", &self.body);
        #[cfg(not(target_os = "emscripten"))]
        if let Some(cause) = &self.cause {
            shown.field("cause", cause);
        }
        shown.finish()
    }
}

//! The request builder.

use std::borrow::Cow;
use std::fmt;

mod body;
mod clone;
mod content_type;
mod error;
mod extras;
#[cfg(feature = "form")]
mod form;
mod headers;
#[cfg(feature = "json")]
mod json;
mod multipart;
mod operation;
pub(crate) mod option_rules;
mod parts;
mod string;
pub(crate) mod template;
pub(crate) mod validate;
#[cfg(feature = "integrity")]
mod verifier;
mod view;

pub use crate::sys::cache_mode::CacheMode;
pub use crate::sys::credentials::Credentials;
pub use body::RequestBody;
pub use error::StartError;
pub(crate) use extras::{Access, BeforeEnd, Extra, Extras, Flight, Slot, Slots};
#[cfg(emscripten_threads)]
pub(crate) use extras::{Recipe, Report};
pub(crate) use headers::RequestHeaders;
pub use multipart::{Multipart, Part};
pub(crate) use operation::Operation;
pub(crate) use parts::RequestParts;
pub use string::{IntoHeaderValue, RequestString};
pub use template::encode_component;
use validate::Invalid;
#[cfg(feature = "integrity")]
pub(crate) use verifier::Verifier;
pub use view::RequestView;

/// A request that has not started. [`fetch!`](crate::fetch) expands to calls of these methods.
///
/// The methods accept every value. The start of the request reports the first invalid one, as a
/// [`StartError`].
///
/// A request starts in one of three ways:
/// - `request.await` waits in an `async fn`, and gives a `Result<Response, StartError>`: see
///   [`ResponseFuture`](crate::ResponseFuture);
/// - [`send`](Self::send), [`send_with`](Self::send_with) and [`send_fn`](Self::send_fn) return at
///   once, and the handler gets the [`Response`](crate::Response);
/// - [`send_blocking`](Self::send_blocking) blocks the thread, and gives a
///   `Result<Response, StartError>`.
///
/// However it ends after its start, its `Response` says so, and
/// [`into_result`](crate::Response::into_result) turns that into an [`Error`](crate::Error).
///
/// ```
/// use std::time::Duration;
/// use fetch_runtime::{CacheMode, Request, StartError};
///
/// # fn main() -> Result<(), StartError> {
/// # #[cfg(any())]
/// Request::get("https://example.com/level/1")
///     .header("Accept", "application/octet-stream")
///     .cache(CacheMode::ForceCache)
///     .timeout(Duration::from_secs(20))
///     .send_fn(|response| println!("{} bytes", response.body().len()))?;
///
/// let error = Request::get("/").header("Host", "example.com").send_fn(|_| ()).unwrap_err();
/// assert!(error.to_string().starts_with("invalid header name \"Host\""));
/// # Ok(())
/// # }
/// ```
#[must_use = "a request does nothing until it is sent: `.await` it, give it a handler by `=>` or \
              `send`, or call `send_blocking`"]
pub struct Request {
    pub(crate) parts: Box<RequestParts>,
    pub(crate) extras: Extras,
    pub(crate) access: Option<&'static Access>,
    #[cfg(feature = "integrity")]
    pub(crate) verifier: Option<Box<dyn Verifier>>,
}

impl Request {
    /// A request with any method, for example `PROPFIND`: an HTTP token of at most 31 bytes. As in
    /// browsers, the case of the standard methods does not matter, except for PATCH.
    pub fn new(method: impl Into<RequestString>, url: impl Into<RequestString>) -> Self {
        let method = method.into();
        let checked = validate::method(method.as_str());
        let mut request = Self::download(Cow::Owned(method.as_str().to_owned()), url.into());
        if let Err(Invalid { reason, .. }) = checked {
            let method = method.as_str().to_owned();
            request.parts.record_error(StartError::InvalidMethod { method, reason });
        }
        request
    }

    /// A GET request.
    pub fn get(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("GET"), url.into())
    }

    /// A HEAD request. Its response has headers, but no body.
    pub fn head(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("HEAD"), url.into())
    }

    /// A POST request.
    pub fn post(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("POST"), url.into())
    }

    /// A PUT request.
    pub fn put(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("PUT"), url.into())
    }

    /// A PATCH request.
    pub fn patch(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("PATCH"), url.into())
    }

    /// A DELETE request.
    pub fn delete(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("DELETE"), url.into())
    }

    /// An OPTIONS request.
    pub fn options(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("OPTIONS"), url.into())
    }

    fn download(method: Cow<'static, str>, url: RequestString) -> Self {
        Self::from_operation(Operation::Download(CacheMode::NoStore), method, url)
    }

    pub(crate) fn from_operation(
        operation: Operation,
        method: Cow<'static, str>,
        url: RequestString,
    ) -> Self {
        Self::from_parts(Box::new(RequestParts::new(operation, method, url)))
    }

    /// A request without optional parts.
    pub(crate) fn from_parts(parts: Box<RequestParts>) -> Self {
        Self {
            parts,
            extras: None,
            access: None,
            #[cfg(feature = "integrity")]
            verifier: None,
        }
    }

    /// Whether the response is streamed.
    pub(crate) fn is_stream(&self) -> bool {
        self.extras.as_ref().is_some_and(|extras| extras.before_end().is_some())
    }

    /// Checks and adapts the request when it starts. It records errors in the parts.
    pub(crate) fn check(&mut self) {
        if let Some(extras) = &mut self.extras {
            extras.check(&mut self.parts);
            self.access = extras.access(&self.parts).or(self.access);
        }
        if let Some(content_type) = &self.parts.content_type {
            (content_type.add)(&mut self.parts);
        }
        self.parts.check_url();
    }

    /// Adds a header to the request. The values of a repeated header are joined by `", "`.
    ///
    /// The name is an HTTP token, and not one of the [forbidden request-headers][forbidden]. The
    /// value has no control characters except the tab, and no characters above U+00FF.
    ///
    /// [forbidden]: https://fetch.spec.whatwg.org/#forbidden-request-header
    pub fn header(mut self, name: impl Into<RequestString>, value: impl IntoHeaderValue) -> Self {
        let parts = &mut self.parts;
        parts.require_download("header");
        let (name, value) = (name.into(), value.into_header_value());
        if let Err(Invalid { reason, .. }) = name.check(|checks| checks.header_name) {
            let name = name.as_str().to_owned();
            parts.record_error(StartError::InvalidHeaderName { name, reason });
        }
        if let Err(Invalid { reason, .. }) = value.check(|checks| checks.header_value) {
            let (name, value) = (name.as_str().to_owned(), value.as_str().to_owned());
            parts.record_error(StartError::InvalidHeaderValue { name, value, reason });
        }
        parts.headers.push(name, value);
        self
    }

    /// Adds several headers, each as [`header`](Self::header) does.
    ///
    /// ```
    /// # use fetch_runtime::Request;
    /// let headers = [("Accept", "text/plain"), ("Accept-Language", "en")];
    /// let request = Request::get("/").headers(headers);
    /// # drop(request);
    /// ```
    pub fn headers<N: Into<RequestString>, V: IntoHeaderValue>(
        self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        headers.into_iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    /// Sets the body, in place of any other. It sets no media type: add a `Content-Type` header.
    /// GET and HEAD requests cannot have a body.
    pub fn body(mut self, body: impl Into<RequestBody>) -> Self {
        self.parts.body = Some(body.into());
        self.parts.content_type = None;
        self.parts.require_body_method();
        self
    }

    /// Sets whether cookies go to other origins.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.parts.require_download("credentials");
        self.parts.credentials = credentials;
        self
    }

    /// Sets the user name and password for HTTP authentication.
    ///
    /// They are sent when the server has answered 401 with `WWW-Authenticate`: the answer is Digest
    /// ([RFC 7616]) if the server offers it, and Basic otherwise. For a server that does not answer
    /// so, add an `Authorization` header. A stream sends them at once, as Basic. A browser may send
    /// credentials that it has sent to the same server before, without being asked.
    ///
    /// [RFC 7616]: https://www.rfc-editor.org/rfc/rfc7616
    pub fn auth(
        mut self,
        user: impl Into<RequestString>,
        password: impl Into<RequestString>,
    ) -> Self {
        self.parts.require_download("auth");
        let (user, password) = (user.into(), password.into());
        for text in [&user, &password] {
            if let Err(Invalid { reason, .. }) = text.check(|checks| checks.no_nul) {
                self.parts.record_error(StartError::InvalidAuth { reason });
            }
        }
        self.parts.auth = Some((user, password));
        self
    }

    /// Overrides the response's media type ([`XMLHttpRequest.overrideMimeType`][override]). The
    /// bytes of the body stay the same. On the desktop, it has no effect.
    ///
    /// [override]: https://xhr.spec.whatwg.org/#the-overridemimetype()-method
    pub fn mime_type(mut self, mime_type: impl Into<RequestString>) -> Self {
        self.parts.require_download("mime_type");
        let mime_type = mime_type.into();
        if let Err(Invalid { reason, .. }) = mime_type.check(|checks| checks.mime_type) {
            self.parts.record_error(StartError::InvalidMimeType {
                mime_type: mime_type.as_str().to_owned(),
                reason,
            });
        }
        self.parts.mime_type = Some(mime_type);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &self.parts;
        // The password must not get into logs.
        f.debug_struct("Request")
            .field("method", &parts.display_method())
            .field("url", &parts.url)
            .field("headers", &parts.headers)
            .field("body", &parts.body)
            .field("timeout_ms", &parts.timeout_ms)
            .field("cache_key", &parts.cache_key)
            .field("error", &parts.error())
            .finish_non_exhaustive()
    }
}

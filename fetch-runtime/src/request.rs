//! What is asked for: the request builder.

use std::borrow::Cow;
use std::ffi::CStr;
use std::fmt;
use std::time::Duration;

use crate::outcome::Asked;
use crate::validate::{self, Check};
use crate::{CacheMode, RequestBody, StartError, Text};

/// A request to be started. [`fetch!`](crate::fetch) is calls of these methods and nothing else.
///
/// A value that cannot be sent is reported when the request is started: the first of them, as a [`StartError`].
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
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    pub(crate) asked: Asked,
    pub(crate) method: Cow<'static, str>,
    /// Checked last: what the cache alone is asked for need not be a URL.
    address: Text,
    /// The address, when it has been checked.
    pub(crate) url: CString,
    pub(crate) headers: Vec<(CString, CString)>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) timeout_ms: u32,
    pub(crate) cache_key: Option<CString>,
    pub(crate) credentials: Credentials,
    pub(crate) auth: Option<(CString, CString)>,
    pub(crate) mime_type: Option<CString>,
    pub(crate) on_progress: Option<ProgressHandler>,
    /// The first value that was refused.
    pub(crate) error: Option<StartError>,
}

/// A checked string, static where it was a literal.
pub(crate) type CString = Cow<'static, CStr>;

pub(crate) type ProgressHandler = Box<dyn FnMut(Progress)>;

/// How much has arrived, as of a [`ProgressEvent`](https://xhr.spec.whatwg.org/#interface-progressevent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the body so far.
    pub loaded: u64,
    /// Bytes in all; `None` where the server does not say, and in browsers where the body is compressed.
    pub total: Option<u64>,
}

/// Whether cookies go with a request to another origin (`XMLHttpRequest.withCredentials`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// Only to the page's own origin; natively, to that of the base URL. The default.
    #[default]
    SameOrigin,
    /// To every origin; the server must agree by `Access-Control-Allow-Credentials`.
    Include,
}

impl Request {
    /// A request with a method of your own, for example `PROPFIND`. As in browsers, the standard methods
    /// may be written in any case, except PATCH.
    pub fn new(method: impl Into<Text>, url: impl Into<Text>) -> Self {
        let method = method.into();
        let checked = validate::method(method.as_str());
        let mut request = Self::download(Cow::Owned(method.as_str().to_owned()), url.into());
        if let Err(reason) = checked {
            let method = method.as_str().to_owned();
            request.error = Some(StartError::InvalidMethod { method, reason });
        }
        request
    }

    /// A GET request.
    pub fn get(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("GET"), url.into())
    }

    /// A HEAD request: the headers without the body.
    pub fn head(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("HEAD"), url.into())
    }

    /// A POST request.
    pub fn post(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("POST"), url.into())
    }

    /// A PUT request.
    pub fn put(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("PUT"), url.into())
    }

    /// A PATCH request.
    pub fn patch(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("PATCH"), url.into())
    }

    /// A DELETE request.
    pub fn delete(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("DELETE"), url.into())
    }

    /// An OPTIONS request.
    pub fn options(url: impl Into<Text>) -> Self {
        Self::download(Cow::Borrowed("OPTIONS"), url.into())
    }

    /// Stores the [`body`](Self::body) in the cache under `key`. It is read again by a GET of that key
    /// with [`CacheMode::OnlyIfCached`].
    pub fn idb_store(key: impl Into<Text>) -> Self {
        Self::record(Asked::Store, "EM_IDB_STORE", key.into())
    }

    /// Deletes what the cache has under `key`; succeeds if there is nothing, too.
    pub fn idb_delete(key: impl Into<Text>) -> Self {
        Self::record(Asked::Delete, "EM_IDB_DELETE", key.into())
    }

    fn download(method: Cow<'static, str>, url: Text) -> Self {
        Self::of(Asked::Download(CacheMode::NoStore), method, url)
    }

    fn record(asked: Asked, method: &'static str, key: Text) -> Self {
        Self::of(asked, Cow::Borrowed(method), key)
    }

    fn of(asked: Asked, method: Cow<'static, str>, address: Text) -> Self {
        Self {
            asked,
            method,
            address,
            url: Cow::Borrowed(c""),
            headers: Vec::new(),
            body: None,
            timeout_ms: 0,
            cache_key: None,
            credentials: Credentials::SameOrigin,
            auth: None,
            mime_type: None,
            on_progress: None,
            error: None,
        }
    }

    /// Sends a header with the request. One that is given twice is sent as one, the values joined by `", "`.
    pub fn header(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.only_for_downloads("header");
        let name = name.into();
        let shown = if self.error.is_none() { name.as_str().to_owned() } else { String::new() };
        let name = self.checked(name, validate::header_name, |name, reason| StartError::InvalidHeaderName {
            name,
            reason,
        });
        let value = self.checked(value.into(), validate::header_value, |value, reason| {
            StartError::InvalidHeaderValue { name: shown, value, reason }
        });
        self.headers.push((name, value));
        self
    }

    /// Sends each of these headers, as [`header`](Self::header) does.
    ///
    /// ```
    /// # use fetch_runtime::Request;
    /// let request = Request::get("/").headers([("Accept", "text/plain"), ("Accept-Language", "en")]);
    /// # drop(request);
    /// ```
    pub fn headers<N: Into<Text>, V: Into<Text>>(self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        headers.into_iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    /// Sends a body. It has no media type of its own: add a `Content-Type` header.
    pub fn body(mut self, body: impl Into<RequestBody>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Ends the request with [`Outcome::Timeout`](crate::Outcome::Timeout) if the transfer is not over after this
    /// time, counted in milliseconds and rounded up. What the cache takes before and after it does not count.
    /// Without it, there is no limit but the browser's own.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.only_for_downloads("timeout");
        match u32::try_from(timeout.as_nanos().div_ceil(1_000_000)) {
            Ok(timeout_ms @ 1..) => self.timeout_ms = timeout_ms,
            _ => self.refuse(StartError::InvalidTimeout { timeout }),
        }
        self
    }

    /// How to deal with the cache; only for GET.
    pub fn cache(mut self, mode: CacheMode) -> Self {
        if !self.only_for_downloads("cache") {
            return self;
        }
        if mode != CacheMode::NoStore && !self.method.eq_ignore_ascii_case("GET") {
            self.refuse(StartError::CacheNotAllowed { method: self.method.clone().into_owned(), mode });
        }
        self.asked = Asked::Download(mode);
        self
    }

    /// The key that the cache keeps the body under, instead of the URL as it was written.
    pub fn cache_key(mut self, key: impl Into<Text>) -> Self {
        self.only_for_downloads("cache_key");
        let key =
            self.checked(key.into(), validate::key, |key, reason| StartError::InvalidKey { key, reason });
        self.cache_key = Some(key);
        self
    }

    /// Whether cookies go to another origin.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.only_for_downloads("credentials");
        self.credentials = credentials;
        self
    }

    /// The user name and password for HTTP authentication. Browsers send them when the server has asked, by
    /// a 401 with `WWW-Authenticate`; the native backend sends them at once. For servers that do not ask, add an
    /// `Authorization` header.
    pub fn auth(mut self, user: impl Into<Text>, password: impl Into<Text>) -> Self {
        self.only_for_downloads("auth");
        let user =
            self.checked(user.into(), validate::no_nul, |_, reason| StartError::InvalidAuth { reason });
        let password =
            self.checked(password.into(), validate::no_nul, |_, reason| StartError::InvalidAuth { reason });
        self.auth = Some((user, password));
        self
    }

    /// The media type to take the response for, whatever the server says (`XMLHttpRequest.overrideMimeType`).
    /// The bytes are the same; natively, it has no effect.
    pub fn mime_type(mut self, mime_type: impl Into<Text>) -> Self {
        self.only_for_downloads("mime_type");
        let mime_type = self.checked(mime_type.into(), validate::mime_type, |mime_type, reason| {
            StartError::InvalidMimeType { mime_type, reason }
        });
        self.mime_type = Some(mime_type);
        self
    }

    /// Is called as the body arrives: at most every 50 ms, and when it is complete. It is dropped before
    /// the handler is called. A stored body arrives at once, without progress.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        self.only_for_downloads("on_progress");
        self.on_progress = Some(Box::new(on_progress));
        self
    }

    /// The last checks, of what fits together.
    pub(crate) fn check(&mut self) -> Result<(), StartError> {
        let address = std::mem::replace(&mut self.address, Text::from_static(c""));
        let checked = address.check(if self.opens_its_url() { validate::url } else { validate::key });
        if let Err(reason) = checked {
            let text = address.as_str().to_owned();
            return Err(match self.asked {
                Asked::Download(_) => StartError::InvalidUrl { url: text, reason },
                Asked::Store | Asked::Delete => StartError::InvalidKey { key: text, reason },
            });
        }
        self.url = address.into_c().unwrap_or_default();
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let has_no_body = self.method.eq_ignore_ascii_case("GET") || self.method.eq_ignore_ascii_case("HEAD");
        if self.body.is_some() && has_no_body {
            return Err(StartError::BodyNotAllowed { method: self.method.clone().into_owned() });
        }
        if self.body.is_none() && self.asked == Asked::Store {
            return Err(StartError::MissingBody { key: self.url.to_string_lossy().into_owned() });
        }
        if self.body.is_some() && self.asked == Asked::Delete {
            return Err(StartError::OptionNotAllowed { method: self.shown_method(), option: "body" });
        }
        Ok(())
    }

    /// Whether there is a transfer, if the cache does not have it. Else the URL is a key and nothing more.
    pub(crate) fn opens_its_url(&self) -> bool {
        !matches!(self.asked, Asked::Download(CacheMode::OnlyIfCached) | Asked::Store | Asked::Delete)
    }

    /// Whether it reads or writes the cache.
    pub(crate) fn uses_the_cache(&self) -> bool {
        self.asked != Asked::Download(CacheMode::NoStore)
    }

    fn is_download(&self) -> bool {
        matches!(self.asked, Asked::Download(_))
    }

    fn shown_method(&self) -> String {
        self.method.strip_prefix("EM_").unwrap_or(&self.method).to_owned()
    }

    fn only_for_downloads(&mut self, option: &'static str) -> bool {
        if !self.is_download() {
            self.refuse(StartError::OptionNotAllowed { method: self.shown_method(), option });
        }
        self.is_download()
    }

    fn checked(
        &mut self,
        text: Text,
        check: fn(&str) -> Check,
        error: impl FnOnce(String, &'static str) -> StartError,
    ) -> CString {
        if let Err(reason) = text.check(check) {
            self.refuse(error(text.as_str().to_owned(), reason));
        }
        // What cannot be used has been refused, so nothing is sent then.
        text.into_c().unwrap_or_default()
    }

    /// Remembers the first error.
    fn refuse(&mut self, error: StartError) {
        self.error.get_or_insert(error);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password, which must not get into logs.
        f.debug_struct("Request")
            .field("method", &self.shown_method())
            .field("url", &self.address)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("timeout_ms", &self.timeout_ms)
            .field("cache_key", &self.cache_key)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

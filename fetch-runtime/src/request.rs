//! What is asked for: the request builder.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::cached::{CACHED, Cached};
use crate::outcome::Asked;
use crate::progress::{self, Listeners};
use crate::started::{Started, started};
use crate::stream::{STREAM, Stream};
use crate::sys::Callback;
use crate::{
    CacheMode, Chunk, IntoHeaderValue, Progress, RequestBody, RequestString, StartError,
    trampoline, validate,
};

/// A request to be started. [`fetch!`](crate::fetch) is calls of these methods and nothing else.
///
/// A value that cannot be sent is reported when the request is started: the first of them, as a
/// [`StartError`].
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
    /// The URL or the key. Checked last: what the cache alone is asked for need not be a URL.
    pub(crate) url: RequestString,
    pub(crate) headers: Vec<(RequestString, RequestString)>,
    pub(crate) body: Option<RequestBody>,
    pub(crate) timeout_ms: u32,
    pub(crate) started: Option<Started>,
    pub(crate) cache_key: Option<RequestString>,
    /// The absolute URL, if it is not the URL, of a download that uses the cache.
    pub(crate) absolute: Option<RequestString>,
    pub(crate) cached: Option<&'static Cached>,
    pub(crate) credentials: Credentials,
    pub(crate) auth: Option<(RequestString, RequestString)>,
    pub(crate) mime_type: Option<RequestString>,
    pub(crate) listeners: progress::MaybeListeners,
    /// The trampoline that calls them, which programs without any are not linked with.
    pub(crate) onprogress: Option<Callback>,
    pub(crate) stream: Option<&'static Stream>,
    /// The first value that was refused.
    pub(crate) error: Option<StartError>,
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
    /// A request with a method of your own, for example `PROPFIND`. As in browsers, the standard
    /// methods may be written in any case, except PATCH.
    pub fn new(method: impl Into<RequestString>, url: impl Into<RequestString>) -> Self {
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
    pub fn get(url: impl Into<RequestString>) -> Self {
        Self::download(Cow::Borrowed("GET"), url.into())
    }

    /// A HEAD request: the headers without the body.
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

    /// Stores the [`body`](Self::body) in the cache under `key`. It is read again by a GET of that
    /// key with [`CacheMode::OnlyIfCached`]. The key is taken as it is: it need not be a URL, and a
    /// relative URL is not resolved.
    pub fn idb_store(key: impl Into<RequestString>) -> Self {
        Self::record(Asked::Store, "EM_IDB_STORE", key.into())
    }

    /// Deletes what the cache has under `key`; succeeds if there is nothing, too.
    pub fn idb_delete(key: impl Into<RequestString>) -> Self {
        Self::record(Asked::Delete, "EM_IDB_DELETE", key.into())
    }

    fn download(method: Cow<'static, str>, url: RequestString) -> Self {
        Self::of(Asked::Download(CacheMode::NoStore), method, url)
    }

    fn record(asked: Asked, method: &'static str, key: RequestString) -> Self {
        Self { cached: Some(&CACHED), ..Self::of(asked, Cow::Borrowed(method), key) }
    }

    fn of(asked: Asked, method: Cow<'static, str>, url: RequestString) -> Self {
        Self {
            asked,
            method,
            url,
            headers: Vec::new(),
            body: None,
            timeout_ms: 0,
            started: None,
            cache_key: None,
            absolute: None,
            cached: None,
            credentials: Credentials::SameOrigin,
            auth: None,
            mime_type: None,
            listeners: None,
            onprogress: None,
            stream: None,
            error: None,
        }
    }

    /// Sends a header with the request. One that is given twice is sent as one, the values joined
    /// by `", "`.
    pub fn header(mut self, name: impl Into<RequestString>, value: impl IntoHeaderValue) -> Self {
        self.only_for_downloads("header");
        let (name, value) = (name.into(), value.into_header_value());
        if let Err(reason) = name.check(|checks| checks.header_name) {
            self.refuse(StartError::InvalidHeaderName { name: name.as_str().to_owned(), reason });
        }
        if let Err(reason) = value.check(|checks| checks.header_value) {
            let (name, value) = (name.as_str().to_owned(), value.as_str().to_owned());
            self.refuse(StartError::InvalidHeaderValue { name, value, reason });
        }
        self.headers.push((name, value));
        self.check_stream()
    }

    /// Sends each of these headers, as [`header`](Self::header) does.
    ///
    /// ```
    /// # use fetch_runtime::Request;
    /// let request = Request::get("/").headers([("Accept", "text/plain"), ("Accept-Language", "en")]);
    /// # drop(request);
    /// ```
    pub fn headers<N: Into<RequestString>, V: IntoHeaderValue>(
        self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        headers.into_iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    /// Sends a body. It has no media type of its own: add a `Content-Type` header.
    pub fn body(mut self, body: impl Into<RequestBody>) -> Self {
        self.body = Some(body.into());
        if self.is_method("GET") || self.is_method("HEAD") {
            self.refuse(StartError::BodyNotAllowed { method: self.shown_method() });
        }
        if self.asked == Asked::Delete {
            self.refuse(StartError::OptionNotAllowed {
                method: self.shown_method(),
                option: "body",
            });
        }
        self
    }

    /// Ends the request with [`Outcome::Timeout`](crate::Outcome::Timeout) if it is not over after
    /// this time, what the cache takes before and after the transfer included; counted in
    /// milliseconds and rounded up. Without it, there is no limit but the browser's own.
    ///
    /// While JS still works on the request (the cache is being asked, or written) it cannot be
    /// ended: then it ends as soon as it can, as with [`Fetch::abort`](crate::Fetch::abort).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.only_for_downloads("timeout");
        match u32::try_from(timeout.as_nanos().div_ceil(1_000_000)) {
            Ok(timeout_ms @ 1..) => {
                self.timeout_ms = timeout_ms;
                self.started = Some(started);
            }
            _ => self.refuse(StartError::InvalidTimeout { timeout }),
        }
        self.check_stream()
    }

    /// How to deal with the cache; only for GET. A `Range` header goes with [`CacheMode::NoStore`]
    /// alone: any other mode is [`StartError::HeaderNotAllowed`] then.
    pub fn cache(mut self, mode: CacheMode) -> Self {
        if !self.only_for_downloads("cache") {
            return self;
        }
        if mode != CacheMode::NoStore && !self.is_method("GET") {
            self.refuse(StartError::CacheNotAllowed { method: self.shown_method(), mode });
        }
        self.asked = Asked::Download(mode);
        self.cached = (mode != CacheMode::NoStore).then_some(&CACHED);
        self.check_stream()
    }

    /// The key that the cache keeps the body under, instead of the absolute URL without its
    /// fragment. The key is taken as it is, and is one of the keys of [records](Self::idb_store),
    /// too.
    ///
    /// All programs of an origin share its cache, and natively all programs that use the same
    /// folder do: begin the key with the name of your program.
    ///
    /// ```
    /// use fetch_runtime::{CacheMode, Request};
    ///
    /// let request = Request::get("/level/1?token=7").cache(CacheMode::ForceCache).cache_key("my-game/level/1");
    /// # drop(request);
    /// ```
    pub fn cache_key(mut self, key: impl Into<RequestString>) -> Self {
        self.only_for_downloads("cache_key");
        let key = key.into();
        if let Err(reason) = key.check(|checks| checks.key) {
            self.refuse(StartError::InvalidKey { key: key.as_str().to_owned(), reason });
        }
        self.cache_key = Some(key);
        self
    }

    /// Whether cookies go to another origin.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.only_for_downloads("credentials");
        self.credentials = credentials;
        self
    }

    /// The user name and password for HTTP authentication. Browsers send them when the server has
    /// asked, by a 401 with `WWW-Authenticate`; the native backend sends them at once. For servers
    /// that do not ask, add an `Authorization` header.
    pub fn auth(
        mut self,
        user: impl Into<RequestString>,
        password: impl Into<RequestString>,
    ) -> Self {
        self.only_for_downloads("auth");
        let (user, password) = (user.into(), password.into());
        for text in [&user, &password] {
            if let Err(reason) = text.check(|checks| checks.no_nul) {
                self.refuse(StartError::InvalidAuth { reason });
            }
        }
        self.auth = Some((user, password));
        self.check_stream()
    }

    /// The media type to take the response for, whatever the server says
    /// (`XMLHttpRequest.overrideMimeType`). The bytes are the same; natively, it has no effect.
    pub fn mime_type(mut self, mime_type: impl Into<RequestString>) -> Self {
        self.only_for_downloads("mime_type");
        let mime_type = mime_type.into();
        if let Err(reason) = mime_type.check(|checks| checks.mime_type) {
            self.refuse(StartError::InvalidMimeType {
                mime_type: mime_type.as_str().to_owned(),
                reason,
            });
        }
        self.mime_type = Some(mime_type);
        self.check_stream()
    }

    /// Is called as the body arrives: at most every 50 ms (of a stream, after each chunk), and when
    /// it is complete. It is dropped before the handler is called. A stored body arrives at once,
    /// without progress.
    pub fn on_progress(mut self, on_progress: impl FnMut(Progress) + 'static) -> Self {
        self.only_for_downloads("on_progress");
        Listeners::of(&mut self.listeners).on_progress = Some(Box::new(on_progress));
        self.onprogress.get_or_insert(trampoline::callback(trampoline::onprogress));
        self
    }

    /// The handler's own, if it has not been given another.
    pub(crate) fn default_progress(&mut self, on_progress: fn(Progress)) {
        Listeners::of(&mut self.listeners).on_progress.get_or_insert(Box::new(on_progress));
        self.onprogress.get_or_insert(trampoline::callback(trampoline::onprogress));
    }

    /// Streams the response: hands out each chunk of its body as it arrives. The body is never in
    /// memory as a whole, and the handler's [`Response`](crate::Response) has none. Chunks come in
    /// order and without gaps, and all of them before the handler is called; natively, only a few
    /// more are read from the network than are taken.
    ///
    /// What has come by then is not taken back: whether that was all of it, and of which response,
    /// the handler knows by the [`Outcome`](crate::Outcome). If `on_chunk` panics or does not
    /// return, it is not called again, and the outcome is [`Aborted`](crate::Outcome::Aborted).
    ///
    /// On the web the program has to be linked with `-sFETCH_STREAMING` (Emscripten 4.0.21 or
    /// later). There, the Fetch API takes the place of `XMLHttpRequest`: it does not go with
    /// [`mime_type`](Self::mime_type), and sends [`auth`](Self::auth) at once.
    ///
    /// ```no_run
    /// use std::io::Write;
    /// use fetch_runtime::{Chunk, Request};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = std::fs::File::create("part")?;
    /// Request::get("https://example.com/level.pak")
    ///     .on_chunk(move |chunk: Chunk| {
    ///         if chunk.status() == 200 {
    ///             file.write_all(&chunk).expect("there is room");
    ///         }
    ///     })
    ///     .send_fn(|response| println!("complete: {}", response.is_success()))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_chunk(mut self, on_chunk: impl FnMut(Chunk) + 'static) -> Self {
        if !self.only_for_downloads("on_chunk") {
            return self;
        }
        self.stream = Some(&STREAM);
        self.started = Some(started);
        Listeners::of(&mut self.listeners).on_chunk = Some(Box::new(on_chunk));
        self.onprogress = Some(STREAM.onprogress);
        self.check_stream()
    }

    /// What does not go with a stream, whatever comes first.
    fn check_stream(mut self) -> Self {
        if let Some(stream) = self.stream {
            (stream.check)(&mut self);
        }
        self
    }

    /// The last checks, of what fits together.
    pub(crate) fn check(&mut self) -> Result<(), StartError> {
        let opens_its_url = self.opens_its_url();
        if let Err(reason) =
            self.url.check(|checks| if opens_its_url { checks.url } else { checks.key })
        {
            return Err(match self.asked {
                Asked::Download(_) => StartError::InvalidUrl { url: self.shown_url(), reason },
                Asked::Store | Asked::Delete => {
                    StartError::InvalidKey { key: self.shown_url(), reason }
                }
            });
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.asked == Asked::Store && self.body.is_none() {
            return Err(StartError::MissingBody { key: self.shown_url() });
        }
        Ok(())
    }

    /// Whether there is a transfer, if the cache does not have it. Else the URL is a key and
    /// nothing more.
    pub(crate) fn opens_its_url(&self) -> bool {
        !matches!(
            self.asked,
            Asked::Download(CacheMode::OnlyIfCached) | Asked::Store | Asked::Delete
        )
    }

    /// What is looked up if nothing is under the first key.
    pub(crate) fn second_key(&self) -> Option<&RequestString> {
        self.absolute.as_ref().filter(|_| !self.opens_its_url())
    }

    /// Whether it reads or writes the cache.
    pub(crate) fn uses_the_cache(&self) -> bool {
        self.asked != Asked::Download(CacheMode::NoStore)
    }

    /// Browsers take the standard methods in any case.
    fn is_method(&self, name: &str) -> bool {
        self.method.eq_ignore_ascii_case(name)
    }

    fn is_download(&self) -> bool {
        matches!(self.asked, Asked::Download(_))
    }

    fn shown_url(&self) -> String {
        self.url.as_str().to_owned()
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

    /// Remembers the first error.
    pub(crate) fn refuse(&mut self, error: StartError) {
        self.error.get_or_insert(error);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password, which must not get into logs.
        f.debug_struct("Request")
            .field("method", &self.shown_method())
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("timeout_ms", &self.timeout_ms)
            .field("cache_key", &self.cache_key)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

//! The values of a request that has not started.

use std::fmt;
use std::time::Duration;

use super::{CacheMode, Credentials, Operation, Request, StartError};

/// The values of a [`Request`] that has not started, for tests of the code that makes it.
///
/// Its `Debug` does not show the password.
///
/// ```
/// use fetch_runtime::{Request, fetch};
///
/// fn rename(id: u32, name: &str) -> Request {
///     fetch!(PUT "/players/{id}", headers: { "Content-Type": "text/plain" }, body: name)
/// }
///
/// let request = rename(7, "me");
/// let view = request.view();
/// assert_eq!((view.method(), view.url()), ("PUT", "/players/7"));
/// assert_eq!(view.header("content-type").as_deref(), Some("text/plain"));
/// assert_eq!(view.body(), Some(&b"me"[..]));
/// assert_eq!(view.error(), None);
/// ```
#[derive(Clone, Copy)]
pub struct RequestView<'a>(&'a Request);

impl Request {
    /// The values of the request.
    ///
    /// ```
    /// # use fetch_runtime::Request;
    /// assert_eq!(Request::get("/motd").view().method(), "GET");
    /// ```
    #[must_use]
    pub fn view(&self) -> RequestView<'_> {
        RequestView(self)
    }
}

impl<'a> RequestView<'a> {
    /// The HTTP method, `IDB_STORE` or `IDB_DELETE`.
    #[must_use]
    pub fn method(self) -> &'a str {
        self.0.parts.display_method()
    }

    /// The URL or the record's key, as the program wrote it, with the parameters of a query.
    #[must_use]
    pub fn url(self) -> &'a str {
        self.0.parts.url.as_str()
    }

    /// The names and values of the headers, in the order in which they were added. The
    /// `Content-Type` that comes with the body, such as that of `json`, is the last.
    pub fn headers(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let parts = &self.0.parts;
        parts.headers.iter().chain(parts.default_content_type())
    }

    /// The value of a header, as it is sent: the values of a repeated header are joined by `", "`.
    /// The case of the name does not matter.
    #[must_use]
    pub fn header(self, name: &str) -> Option<String> {
        let values = self.headers().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.to_owned()).reduce(|joined, value| joined + ", " + &value)
    }

    /// The body. `None` if the request has none.
    #[must_use]
    pub fn body(self) -> Option<&'a [u8]> {
        self.0.parts.body.as_ref().map(|body| body.as_slice())
    }

    /// The timeout, in whole milliseconds. `None` for no limit.
    #[must_use]
    pub fn timeout(self) -> Option<Duration> {
        let milliseconds = u64::from(self.0.parts.timeout_ms);
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }

    /// The idle timeout, in whole milliseconds. `None` for no limit.
    #[must_use]
    pub fn idle_timeout(self) -> Option<Duration> {
        let milliseconds = u64::from(self.0.extras.as_ref()?.idle_timeout_ms());
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }

    /// The cache mode. `None` for a record.
    #[must_use]
    pub fn cache(self) -> Option<CacheMode> {
        match self.0.parts.operation {
            Operation::Download(mode) => Some(mode),
            Operation::Store | Operation::Delete => None,
        }
    }

    /// The key of the cached copy. `None` if it is the URL.
    #[must_use]
    pub fn cache_key(self) -> Option<&'a str> {
        self.0.parts.cache_key.as_ref().map(|key| key.as_str())
    }

    /// Whether cookies go to other origins.
    #[must_use]
    pub fn credentials(self) -> Credentials {
        self.0.parts.credentials
    }

    /// The user name and the password.
    #[must_use]
    pub fn auth(self) -> Option<(&'a str, &'a str)> {
        self.0.parts.auth.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// The media type that replaces the one of the response.
    #[must_use]
    pub fn mime_type(self) -> Option<&'a str> {
        self.0.parts.mime_type.as_ref().map(|mime_type| mime_type.as_str())
    }

    /// The first invalid value among those that the builder's methods have checked. The start
    /// checks the URL, the cache and the environment as well.
    #[must_use]
    pub fn error(self) -> Option<&'a StartError> {
        self.0.parts.error()
    }
}

impl fmt::Debug for RequestView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

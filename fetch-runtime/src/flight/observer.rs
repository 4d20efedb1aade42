//! The observer of all requests: a function of the program, and the log.

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::request::RequestParts;
use crate::{Outcome, Response, StartError, panic};

/// An event in the life of a request, for the function of [`set_observer`]. Its `Display` is the
/// line that the feature `log` writes.
///
/// `method` is an HTTP method, `IDB_STORE` or `IDB_DELETE`. `url` is the URL as the program wrote
/// it, without the values in its query, the data of a `data:` URL and the fragment; or it is the
/// key of a record. So secrets in a query do not get into logs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RequestEvent<'a> {
    /// The request starts. `Ended` or `NotStarted` follows, once.
    Started {
        /// The method.
        method: &'a str,
        /// The URL.
        url: &'a str,
    },
    /// The request has not started. Its values are invalid, if no `Started` came before.
    NotStarted {
        /// The method.
        method: &'a str,
        /// The URL.
        url: &'a str,
        /// The reason.
        error: &'a StartError,
    },
    /// The request is over. Its handler is called after this.
    Ended {
        /// The method.
        method: &'a str,
        /// The URL.
        url: &'a str,
        /// How it ended. A request whose future was dropped is `Aborted`.
        outcome: Outcome,
        /// The response. `None` if the request's future was dropped. A stream has no body here.
        response: Option<&'a Response>,
        /// The time from its start, in which it may have [waited](crate::set_max_in_flight).
        elapsed: Duration,
    },
}

/// There is an observer already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetObserverError(());

static OBSERVER: OnceLock<fn(&RequestEvent<'_>)> = OnceLock::new();

/// Calls the function at the start and at the end of each request, on the thread of the request.
/// There is one observer in a program, for all threads. A fetch that C code started is not
/// observed.
///
/// It needs the feature `observer`, which the feature `log` includes.
///
/// # Errors
/// If there is an observer already.
///
/// ```
/// use fetch_runtime::{RequestEvent, fetch, set_observer};
///
/// set_observer(|event| match event {
///     RequestEvent::Ended { url, elapsed, .. } => println!("{url}: {elapsed:?}"),
///     _ => println!("{event}"),
/// })?;
/// fetch!(GET "data:,hello" => |_| ())?;
/// fetch_runtime::run();
/// # assert!(set_observer(|_| ()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_observer(observer: fn(&RequestEvent<'_>)) -> Result<(), SetObserverError> {
    OBSERVER.set(observer).map_err(|_| SetObserverError(()))
}

impl fmt::Display for SetObserverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`set_observer` has been called already: a program has one observer")
    }
}

impl StdError for SetObserverError {}

/// A request that was started, from its start to its end.
pub(crate) struct Watch {
    method: String,
    url: String,
    started: Instant,
}

impl Watch {
    /// The request starts now.
    pub(crate) fn start(parts: &RequestParts) -> Self {
        let watch = Self {
            method: parts.display_method().to_owned(),
            url: without_secrets(parts.url.as_str()),
            started: Instant::now(),
        };
        notify(&RequestEvent::Started { method: &watch.method, url: &watch.url });
        watch
    }

    /// The request has failed to start after all.
    pub(crate) fn not_started(&self, error: &StartError) {
        notify(&RequestEvent::NotStarted { method: &self.method, url: &self.url, error });
    }

    /// The request is over. There is no response if its future was dropped.
    pub(crate) fn end(&self, response: Option<&Response>) {
        notify(&RequestEvent::Ended {
            method: &self.method,
            url: &self.url,
            outcome: response.map_or(Outcome::Aborted, Response::outcome),
            response,
            elapsed: self.started.elapsed(),
        });
    }
}

/// The request has invalid values.
pub(crate) fn invalid(parts: &RequestParts, error: &StartError) {
    let (method, url) = (parts.display_method(), &*without_secrets(parts.url.as_str()));
    notify(&RequestEvent::NotStarted { method, url, error });
}

fn notify(event: &RequestEvent<'_>) {
    #[cfg(feature = "log")]
    panic::catch(|| log(event));
    if let Some(observer) = OBSERVER.get() {
        panic::catch(|| observer(event));
    }
}

/// As HTTP clients do: `debug`, and `warn` for failures.
#[cfg(feature = "log")]
fn log(event: &RequestEvent<'_>) {
    use RequestEvent::{Ended, NotStarted, Started};
    let level = match event {
        Started { .. } => log::Level::Debug,
        Ended { outcome: Outcome::Success | Outcome::Aborted | Outcome::CacheMiss, .. } => {
            log::Level::Debug
        }
        NotStarted { .. } | Ended { .. } => log::Level::Warn,
    };
    log::log!(target: "fetch_runtime", level, "{event}");
}

impl fmt::Display for RequestEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, url, outcome, response, elapsed) = match *self {
            Self::Started { method, url } => return write!(f, "{method} {url}: started"),
            Self::NotStarted { method, url, error } => {
                return write!(f, "{method} {url}: not started: {}", Reason(error));
            }
            Self::Ended { method, url, outcome, response, elapsed } => {
                (method, url, outcome, response, elapsed)
            }
        };
        write!(f, "{method} {url}: {outcome}")?;
        if let Some(response) = response {
            #[cfg(not(target_os = "emscripten"))]
            if let Some(cause) = &response.cause {
                write!(f, ": {}", cause.as_error())?;
            }
            let (status, cache, bytes) =
                (response.status(), response.cache_status(), response.body().len());
            write!(f, ", status {status}, cache {cache:?}, {bytes} bytes")?;
        }
        write!(f, ", {} ms", elapsed.as_millis())
    }
}

/// The reason why a request has not started, without the URL, which may contain secrets.
struct Reason<'a>(&'a StartError);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            StartError::InvalidUrl { reason, .. } => write!(f, "invalid URL: {reason}"),
            StartError::InvalidHeaderValue { name, reason, .. } => {
                write!(f, "invalid value of the header {name:?}: {reason}")
            }
            error => error.fmt(f),
        }
    }
}

/// The URL with `*` in place of each value of its query, of the data of a `data:` URL, and of a
/// user name and password, which no request may have. The fragment is left out.
fn without_secrets(url: &str) -> String {
    let is_data = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if let Some((media_type, _)) = url.split_once(',').filter(|_| is_data) {
        return [media_type, ",*"].concat();
    }
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (path, query) =
        url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let mut text = without_user(path);
    let Some(query) = query else { return text };
    text.push('?');
    for (index, parameter) in query.split('&').enumerate() {
        let name = parameter.split_once('=').map(|(name, _)| name);
        text.extend([if index > 0 { "&" } else { "" }, name.unwrap_or_default()]);
        text.push_str(match (name, parameter) {
            (Some(_), _) => "=*",
            (None, "") => "",
            (None, _) => "*",
        });
    }
    text
}

fn without_user(path: &str) -> String {
    let parts = path.split_once("//").filter(|(scheme, _)| !scheme.contains('/'));
    let Some((scheme, rest)) = parts else { return path.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '\\']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => [scheme, "//*@", host, path].concat(),
        None => [scheme, "//", authority, path].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_shows_its_names_alone() {
        for (url, expected) in [
            ("/a/b", "/a/b"),
            ("https://a/?token=7#secret", "https://a/?token=*"),
            ("/?a=1&b=&c&&d=e=f", "/?a=*&b=*&*&&d=*"),
            ("/?", "/?"),
            ("/#a?b=c", "/"),
            ("data:text/plain;base64,c2VjcmV0", "data:text/plain;base64,*"),
            ("DATA:,secret", "DATA:,*"),
            ("save/ü", "save/ü"),
            ("https://me:secret@a:1/b@c?d=e", "https://*@a:1/b@c?d=*"),
            ("//me@a", "//*@a"),
            ("/b//c@d", "/b//c@d"),
        ] {
            assert_eq!(without_secrets(url), expected);
        }
    }

    #[test]
    fn an_error_does_not_show_the_url() {
        let error = StartError::InvalidUrl { url: "/?token=7 ".into(), reason: "a space" };
        let event = RequestEvent::NotStarted { method: "GET", url: "/?token=*", error: &error };
        assert_eq!(event.to_string(), "GET /?token=*: not started: invalid URL: a space");
    }
}

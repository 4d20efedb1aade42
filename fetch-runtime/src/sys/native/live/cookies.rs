//! Cookies: which requests send them, and which responses may set them.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use hyper::header::{HeaderMap, HeaderValue, SET_COOKIE};
use url::Url;

use super::cookie_jar::Jar;

/// The credentials modes of the Fetch standard.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Credentials {
    Omit,
    /// Only to the origin of this URL, and only until a redirect leaves it. A redirect back to it
    /// changes nothing.
    SameOrigin(Url),
    Include,
}

tokio::task_local! {
    static CREDENTIALS: RefCell<Credentials>;
}

/// Does `exchange`, including all redirects, with these credentials.
pub(super) async fn with_credentials<R>(
    credentials: Credentials,
    exchange: impl Future<Output = R>,
) -> R {
    CREDENTIALS.scope(RefCell::new(credentials), exchange).await
}

/// Whether cookies are sent to `url`, and taken from there.
fn are_allowed(url: &Url) -> bool {
    let is_allowed = |credentials: &RefCell<Credentials>| {
        let mut credentials = credentials.borrow_mut();
        if matches!(&*credentials, Credentials::SameOrigin(mine) if mine.origin() != url.origin()) {
            *credentials = Credentials::Omit;
        }
        *credentials != Credentials::Omit
    };
    CREDENTIALS.try_with(is_allowed).unwrap_or(false)
}

/// The cookies of the process.
#[derive(Default)]
pub(super) struct Cookies(Mutex<Jar>);

impl Cookies {
    /// The value of the `Cookie` header of a request to this URL.
    pub(super) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let header = are_allowed(url).then(|| self.jar().header(url, SystemTime::now()))??;
        HeaderValue::try_from(header).ok()
    }

    /// Takes the cookies of a response from this URL.
    pub(super) fn store(&self, headers: &HeaderMap, url: &Url) {
        if headers.contains_key(SET_COOKIE) && are_allowed(url) {
            let (mut jar, now) = (self.jar(), SystemTime::now());
            for header in headers.get_all(SET_COOKIE) {
                jar.store(header.as_bytes(), url, now);
            }
        }
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Cookies: which requests send them, and which responses may set them.

use std::cell::RefCell;

use reqwest::Url;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::HeaderValue;

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

/// The cookies of the process. The HTTP client asks for each request of a chain of redirects.
#[derive(Default)]
pub(super) struct Cookies(Jar);

impl CookieStore for Cookies {
    fn set_cookies(&self, cookies: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        if are_allowed(url) {
            self.0.set_cookies(cookies, url);
        }
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        are_allowed(url).then(|| self.0.cookies(url)).flatten()
    }
}

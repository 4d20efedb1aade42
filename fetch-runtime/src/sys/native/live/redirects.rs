//! Redirects, as in the Fetch standard's HTTP-redirect fetch. One that is not followed is a network
//! error.

use hyper::Method;
use hyper::header::{AUTHORIZATION, LOCATION};
use url::Url;

use super::auth;
use super::clients::{Clients, Response};
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::Cause;
use crate::sys::native::machine::raw_headers::latin1;
use crate::sys::native::target;

/// The limit of the Fetch standard.
const AT_MOST: usize = 20;

/// The first response that is not a redirect.
pub(super) async fn follow(
    clients: &Clients,
    mut url: Url,
    mut request: WireRequest,
) -> Result<Response, Cause> {
    for _ in 0..=AT_MOST {
        let response = auth::send(clients, &url, &mut request).await?;
        let Some(next) = location(&response, &url)? else { return Ok(response) };
        check(&url, &next)?;
        let status = response.status().as_u16();
        if (matches!(status, 301 | 302) && request.method == Method::POST)
            || (status == 303 && request.method != Method::GET && request.method != Method::HEAD)
        {
            become_get(&mut request);
        }
        if url.origin() != next.origin() {
            request.auth = None;
            request.headers.remove(AUTHORIZATION);
        }
        url = next;
    }
    Err(Cause::new(format!("more than {AT_MOST} redirects")))
}

/// The URL of a redirect. `None` if the response is not one.
fn location(response: &Response, url: &Url) -> Result<Option<Url>, Cause> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let mut locations = response.headers().get_all(LOCATION).iter();
    let Some(location) = locations.next() else { return Ok(None) };
    if locations.any(|other| other != location) {
        return Err(Cause::new("a redirect to two URLs"));
    }
    let location = match std::str::from_utf8(location.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => latin1(location.as_bytes()),
    };
    match url.join(&location) {
        Ok(next) => Ok(Some(next)),
        Err(error) => Err(Cause::new(format!("a redirect to an invalid URL: {error}"))),
    }
}

/// Whether a redirect may be followed.
fn check(from: &Url, to: &Url) -> Result<(), Cause> {
    let refused = if target::has_credentials(to) {
        // The message does not show this URL.
        return Err(Cause::new("a redirect to a URL with a user name or password"));
    } else if to.scheme() != "http" && to.scheme() != "https" {
        "which is neither http: nor https:"
    } else if from.scheme() == "https" && to.scheme() != "https" {
        "which is not encrypted, from an https: URL"
    } else {
        return Ok(());
    };
    Err(Cause::new(format!("a redirect to {to}, {refused}")))
}

/// Makes the request a GET: removes its body, and the headers that describe the body.
fn become_get(request: &mut WireRequest) {
    request.method = Method::GET;
    request.body = None;
    let content: Vec<_> = request
        .headers
        .keys()
        .filter(|name| name.as_str().starts_with("content-"))
        .cloned()
        .collect();
    for name in content {
        request.headers.remove(name);
    }
}

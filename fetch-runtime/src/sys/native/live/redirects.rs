//! Follows redirects, as the Fetch standard's HTTP-redirect fetch does. Those that are not followed
//! are network errors.

use reqwest::header::{AUTHORIZATION, LOCATION};
use reqwest::{Method, Response, Url};

use super::clients::Clients;
use crate::sys::backend::machine::event::Cause;
use crate::sys::backend::machine::exchange::Wire;

/// As many are followed, says the Fetch standard.
const AT_MOST: usize = 20;

/// The response that is no redirect.
pub(crate) async fn follow(
    clients: &Clients,
    mut url: Url,
    mut wire: Wire,
) -> Result<Response, Cause> {
    for _ in 0..=AT_MOST {
        let response = clients.send(&url, &wire).await?;
        let Some(next) = location(&response, &url)? else { return Ok(response) };
        check(&url, &next)?;
        let status = response.status().as_u16();
        if (matches!(status, 301 | 302) && wire.method == Method::POST)
            || (status == 303 && wire.method != Method::GET && wire.method != Method::HEAD)
        {
            become_get(&mut wire);
        }
        if url.origin() != next.origin() {
            wire.auth = None;
            wire.headers.remove(AUTHORIZATION);
        }
        url = next;
    }
    Err(Cause::new(format!("more than {AT_MOST} redirects")))
}

/// Where a redirect leads; `None` if the response is none.
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
        Err(_) => location.as_bytes().iter().copied().map(char::from).collect(),
    };
    match url.join(&location) {
        Ok(next) => Ok(Some(next)),
        Err(error) => Err(Cause::new(format!("a redirect to a URL that is none: {error}"))),
    }
}

fn check(from: &Url, to: &Url) -> Result<(), Cause> {
    let refused = if has_credentials(to) {
        // Which are not for everybody to see.
        return Err(Cause::new("a redirect to a URL with a user name or password"));
    } else if to.scheme() != "http" && to.scheme() != "https" {
        "which is neither http: nor https:"
    } else if from.scheme() == "https" && to.scheme() != "https" {
        "from https:, to something that anybody can read"
    } else {
        return Ok(());
    };
    Err(Cause::new(format!("a redirect to {to}, {refused}")))
}

pub(crate) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// What says what the body was goes with the body.
fn become_get(wire: &mut Wire) {
    wire.method = Method::GET;
    wire.body = None;
    let content: Vec<_> =
        wire.headers.keys().filter(|name| name.as_str().starts_with("content-")).cloned().collect();
    for name in content {
        wire.headers.remove(name);
    }
}

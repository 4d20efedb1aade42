//! Carries out orders, over the network above all.

use hyper::ext::ReasonPhrase;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, SET_COOKIE};
use reqwest::{Method, Response, Url, Version};
use tokio::io::AsyncBufReadExt;

use super::clients::Clients;
use super::coding::Codings;
use super::cookies;
use super::download::Download;
use super::local;
use super::redirects;
use super::runtime::Shared;
use crate::sys::backend::machine::event::{Cause, Event, Head, Reporter};
use crate::sys::backend::machine::exchange::{Order, Want, Wire};
use crate::sys::backend::target::Target;

/// Carries out `order`, and reports on it. When its time is over, it ends also if its thread does
/// not look.
pub(crate) async fn transfer(order: Order, shared: impl AsRef<Shared>, reporter: Reporter) {
    let timeout = order.timeout;
    let attempt = attempt(order, shared.as_ref(), &reporter);
    let ended = match timeout {
        Some(timeout) => tokio::time::timeout(timeout, attempt).await,
        None => Ok(attempt.await),
    };
    reporter.finish(match ended {
        Ok(complete) => complete.unwrap_or_else(Event::Failed),
        Err(_elapsed) => Event::TimedOut,
    });
}

/// An error is a network error.
async fn attempt(order: Order, shared: &Shared, reporter: &Reporter) -> Result<Event, Cause> {
    // A thread that waits cannot take what others' streams have in store for it, which is what they
    // wait for in their places.
    let _place = if order.is_synchronous { None } else { Some(shared.places.acquire().await?) };
    match order.target {
        Target::Http(url) => exchange(&shared.clients, url, order.wire, order.want, reporter).await,
        Target::File(url, path) => {
            local::file(&order.wire.method, url, path, order.want, reporter).await
        }
        Target::Data(url) => local::data(&url, order.want, reporter).await,
        Target::Nowhere(reason) => Err(Cause::new(reason)),
    }
}

async fn exchange(
    clients: &Clients,
    url: Url,
    wire: Wire,
    want: Want,
    reporter: &Reporter,
) -> Result<Event, Cause> {
    let is_head = wire.method == Method::HEAD;
    let response =
        cookies::with(wire.credentials.clone(), redirects::follow(clients, url, wire)).await?;
    let status = response.status();
    if status.is_informational() {
        return Err(Cause::new(format!("the status {status}, after which nothing comes")));
    }
    let codings = Codings::of(response.headers());
    let mut download = Download::new(reporter, head(&response, &codings), want);
    if is_head || is_null_body_status(status.as_u16()) {
        return Ok(download.finish());
    }
    let mut body = codings.decode(response.into()).await?;
    loop {
        let bytes = body.fill_buf().await?;
        let length = bytes.len();
        if length == 0 {
            break;
        }
        download.chunk(bytes).await;
        if download.is_lost() {
            break;
        }
        body.consume(length);
    }
    Ok(download.finish())
}

/// <https://fetch.spec.whatwg.org/#null-body-status>
pub(crate) fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}

fn head(response: &Response, codings: &Codings) -> Head {
    let mut url = response.url().clone();
    url.set_fragment(None);
    let length = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    // A coded body's length says nothing of the decoded one's.
    let length = length.filter(|_| codings.is_empty());
    Head {
        status: response.status().as_u16(),
        status_text: status_text(response),
        headers: raw_headers(response.headers()),
        url: url.into(),
        content_length: length.unwrap_or(0),
    }
}

/// HTTP/2 has none. hyper keeps what the server said only if it is not what everybody says.
fn status_text(response: &Response) -> String {
    if response.version() > Version::HTTP_11 {
        return String::new();
    }
    match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => latin1(reason.as_bytes()),
        None => response.status().canonical_reason().unwrap_or_default().to_owned(),
    }
}

/// As `getAllResponseHeaders` lists them: cookies are not for the program to see.
pub(crate) fn raw_headers(headers: &HeaderMap) -> String {
    let mut names: Vec<_> =
        headers.keys().filter(|name| **name != SET_COOKIE && *name != "set-cookie2").collect();
    names.sort_by_cached_key(|name| name.as_str().to_ascii_uppercase());
    let mut raw = String::new();
    for name in names {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| latin1(value.as_bytes())).collect();
        raw.extend([name.as_str(), ": ", &values.join(", "), "\r\n"]);
    }
    raw
}

/// A byte is a character, as in JS.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn headers_are_sorted_combined_and_latin_1() {
        let mut headers = HeaderMap::new();
        headers.append("x-b", HeaderValue::from_static("1"));
        headers.append("set-cookie", HeaderValue::from_static("secret"));
        headers.append("a", HeaderValue::from_bytes(b"\xe4").unwrap());
        headers.append("x_b", HeaderValue::from_static("3"));
        headers.append("x-b", HeaderValue::from_static("2"));
        assert_eq!(raw_headers(&headers), "a: \u{e4}\r\nx-b: 1, 2\r\nx_b: 3\r\n");
    }
}

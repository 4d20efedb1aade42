//! Responses: sends a request, and reads its response.

use hyper::Version;
use hyper::ext::ReasonPhrase;
use hyper::header::CONTENT_LENGTH;
use tokio::io::AsyncBufReadExt;
use url::Url;

use super::clients::{Clients, Response};
use super::coding::Codings;
use super::cookies;
use super::download::Download;
use super::redirects;
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::{Cause, Event, Head};
use crate::sys::native::machine::raw_headers::{latin1, raw_headers};
use crate::sys::null_body_status::is_null_body_status;

/// Sends a request, and follows redirects.
pub(super) async fn send(
    clients: &Clients,
    url: Url,
    request: WireRequest,
) -> Result<Response, Cause> {
    let credentials = request.credentials.clone();
    let response =
        cookies::with_credentials(credentials, redirects::follow(clients, url, request)).await?;
    let status = response.status();
    if status.is_informational() {
        return Err(Cause::new(format!("the status {status}, which is not the end of a response")));
    }
    Ok(response)
}

/// Reads the body.
pub(super) async fn read(
    response: Response,
    is_head: bool,
    codings: &Codings,
    mut download: Download<'_>,
) -> Result<Event, Cause> {
    if is_head || is_null_body_status(response.status().as_u16()) {
        return Ok(download.finish());
    }
    let mut body = codings.decode(response.into_body()).await?;
    loop {
        let bytes = body.fill_buf().await?;
        let length = bytes.len();
        if length == 0 {
            break;
        }
        download.chunk(bytes).await;
        if download.is_over() {
            break;
        }
        body.consume(length);
    }
    Ok(download.finish())
}

pub(super) fn head(response: &Response, codings: &Codings) -> Head {
    let mut url = response.url.clone();
    url.set_fragment(None);
    let length = response
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    // The length of a coded body is not that of the decoded one.
    let length = length.filter(|_| codings.is_empty());
    let fields = response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    Head {
        status: response.status().as_u16(),
        status_text: status_text(response),
        headers: raw_headers(fields),
        url: url.into(),
        content_length: length.unwrap_or(0),
    }
}

/// HTTP/2 has no reason phrase. hyper keeps one only if it is not the canonical phrase.
fn status_text(response: &Response) -> String {
    if response.version() > Version::HTTP_11 {
        return String::new();
    }
    match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => latin1(reason.as_bytes()),
        None => response.status().canonical_reason().unwrap_or_default().to_owned(),
    }
}

//! Transfers: over HTTP, or from this machine.

use std::time::Duration;

use hyper::ext::ReasonPhrase;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Method, Response, Url, Version};
use tokio::io::AsyncBufReadExt;

use super::clients::Clients;
use super::coding::Codings;
use super::cookies;
use super::download::Download;
use super::local;
use super::redirects;
use super::reporter::Reporter;
use super::upload::Upload;
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::{Cause, Event, Head};
use crate::sys::native::machine::exchange::{BodyMode, Exchange};
use crate::sys::native::machine::raw_headers::{latin1, raw_headers};
use crate::sys::native::target::{Base, Target};
use crate::sys::null_body_status::is_null_body_status;

pub(super) struct Transfer {
    target: Target,
    request: Result<WireRequest, Cause>,
    timeout: Option<Duration>,
    body_mode: BodyMode,
}

impl Transfer {
    pub(super) fn new(
        exchange: Exchange,
        target: Target,
        base: Option<&Base>,
        upload: Option<Upload>,
    ) -> Self {
        Self {
            target,
            timeout: exchange.timeout,
            body_mode: exchange.body_mode,
            request: WireRequest::new(exchange, base, upload),
        }
    }

    /// Carries out the transfer, and reports on it. A timeout ends the transfer even if the thread
    /// of the fetch is busy.
    pub(super) async fn run(self, clients: impl AsRef<Clients>, reporter: Reporter) {
        let timeout = self.timeout;
        let attempt = self.attempt(clients.as_ref(), &reporter);
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
    async fn attempt(self, clients: &Clients, reporter: &Reporter) -> Result<Event, Cause> {
        let request = self.request?;
        match self.target {
            Target::Http(url) => exchange(clients, url, request, self.body_mode, reporter).await,
            Target::File(url, path) => {
                local::file(&request.method, url, path, self.body_mode, reporter).await
            }
            Target::Data(url) => local::data(&url, self.body_mode, reporter).await,
            Target::Unreachable(reason) => Err(Cause::new(reason)),
        }
    }
}

async fn exchange(
    clients: &Clients,
    url: Url,
    request: WireRequest,
    body_mode: BodyMode,
    reporter: &Reporter,
) -> Result<Event, Cause> {
    let is_head = request.method == Method::HEAD;
    let credentials = request.credentials.clone();
    let response =
        cookies::with_credentials(credentials, redirects::follow(clients, url, request)).await?;
    let status = response.status();
    if status.is_informational() {
        return Err(Cause::new(format!("the status {status}, which is not the end of a response")));
    }
    let codings = Codings::of(response.headers());
    let mut download = Download::new(reporter, head(&response, &codings), body_mode);
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

fn head(response: &Response, codings: &Codings) -> Head {
    let mut url = response.url().clone();
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

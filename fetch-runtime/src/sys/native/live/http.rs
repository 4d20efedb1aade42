//! Transfers: over HTTP, or from this machine.

use std::time::Duration;

use hyper::Method;
use url::Url;

use super::clients::Clients;
use super::coding::Codings;
use super::download::Download;
use super::keeper::Keeper;
use super::local;
use super::reporter::Reporter;
use super::response::{head, read, send};
use super::resume;
use super::upload::Upload;
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::{Cause, Event};
use crate::sys::native::machine::exchange::{BodyMode, Exchange};
use crate::sys::native::target::{Base, Target};

pub(super) struct Transfer {
    target: Target,
    request: Result<WireRequest, Cause>,
    timeout: Option<Duration>,
    body_mode: BodyMode,
    /// Keeps the parts of the body.
    keeper: Option<Keeper>,
}

impl Transfer {
    pub(super) fn new(
        exchange: Exchange,
        target: Target,
        base: Option<&Base>,
        upload: Option<Upload>,
        keeper: Option<Keeper>,
    ) -> Self {
        Self {
            target,
            keeper,
            timeout: exchange.timeout,
            body_mode: exchange.body_mode,
            request: WireRequest::new(exchange, base, upload),
        }
    }

    /// Carries out the transfer, and reports on it. A timeout ends the transfer even if the thread
    /// of the fetch is busy.
    pub(super) async fn run(self, clients: impl AsRef<Clients>, reporter: Reporter) {
        let (timeout, keeper) = (self.timeout, self.keeper.clone());
        let attempt = self.attempt(clients.as_ref(), &reporter);
        let ended = match timeout {
            Some(timeout) => tokio::time::timeout(timeout, attempt).await,
            None => Ok(attempt.await),
        };
        if let Some(keeper) = keeper {
            match ended {
                Ok(Ok(_)) => keeper.end(),
                _ => keeper.end_early(),
            }
        }
        reporter.finish(match ended {
            Ok(complete) => complete.unwrap_or_else(Event::Failed),
            Err(_elapsed) => Event::TimedOut,
        });
    }

    /// An error is a network error.
    async fn attempt(self, clients: &Clients, reporter: &Reporter) -> Result<Event, Cause> {
        let request = self.request?;
        match self.target {
            Target::Http(url) => match &self.keeper {
                Some(keeper) => resume::download(clients, url, request, reporter, keeper).await,
                None => exchange(clients, url, request, self.body_mode, reporter).await,
            },
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
    let response = send(clients, url, request).await?;
    let codings = Codings::of(response.headers());
    let download = Download::new(reporter, head(&response, &codings), body_mode);
    read(response, is_head, &codings, download).await
}

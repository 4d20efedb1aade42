//! HTTP clients: with kept or new connections, with or without the system's proxy.

use std::cell::Cell;
use std::error::Error;
use std::sync::OnceLock;
use std::{fmt, io, iter};

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::header::COOKIE;
use reqwest::{Client, ClientBuilder, Response, Url};
use tower::util::MapRequestLayer;

use super::cookies::Cookies;
use super::wire_request::WireRequest;
use super::{http2, tls};
use crate::sys::native::machine::event::Cause;
use crate::sys::native::{parts, target};

/// The most header fields of a response. hyper reserves room for all of them for each response, 64
/// bytes each: with 4,096, that took a third of the time of a small request.
const MAX_HEADERS: usize = 1024;

/// The most bytes of all header fields, which is hyper's limit for HTTP/1.1. HTTP/2 adds 32 to each
/// field.
const MAX_HEADER_BYTES: u32 = 408 * 1024;

/// The clients of the process. Each is made when it is first needed, on a worker: reading the
/// system's certificates takes a while.
#[derive(Default)]
pub(super) struct Clients {
    cookies: Cookies,
    proxies: OnceLock<Matcher>,
    direct: Pair,
    proxied: Pair,
}

#[derive(Default)]
struct Pair {
    /// Takes connections from a pool.
    pooled: Lazy,
    /// Makes a new connection for each request.
    unpooled: Lazy,
}

type Lazy = OnceLock<Result<Client, Cause>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pool {
    Used,
    Unused,
}

/// The reason why there is no response.
struct Failure {
    cause: Cause,
    /// The server had closed a kept connection. RFC 9112 §9.3.1 then allows a client to send an
    /// idempotent request again.
    was_closed: bool,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self { cause, was_closed: false }
    }
}

tokio::task_local! {
    /// Whether this request has begun to make a connection.
    static CONNECTS: Cell<bool>;
}

impl Clients {
    /// Sends `request` to `url`, with its cookies, and follows no redirect.
    pub(super) async fn send(&self, url: &Url, request: &WireRequest) -> Result<Response, Cause> {
        if url.scheme() == "https" {
            parts::HTTPS.map_err(Cause::new)?;
        }
        let response = match self.attempt(url, request, Pool::Used).await {
            Err(failure) if failure.was_closed && request.method.is_idempotent() => {
                self.attempt(url, request, Pool::Unused).await
            }
            result => result,
        };
        let response = response.map_err(|failure| failure.cause)?;
        self.cookies.store(response.headers(), url);
        Ok(response)
    }

    async fn attempt(
        &self,
        url: &Url,
        request: &WireRequest,
        pool: Pool,
    ) -> Result<Response, Failure> {
        let proxy = self.proxy(url);
        let client = self.client(pool, proxy.is_some())?;
        let mut builder =
            client.request(request.method.clone(), url.clone()).headers(request.headers.clone());
        if let Some(cookies) = self.cookies.header(url) {
            builder = builder.header(COOKIE, cookies);
        }
        if let Some(body) = &request.body {
            builder = match &request.upload {
                Some(upload) => builder.body(upload.body(body.clone())),
                None => builder.body(body.clone()),
            };
        }
        let sent = async {
            let result = builder.send().await;
            (result, CONNECTS.with(Cell::get))
        };
        let (result, connects) = CONNECTS.scope(Cell::new(false), sent).await;
        result.map_err(|error| {
            let error = error.without_url();
            let was_closed = !connects && says_closed(&error);
            let cause = match proxy {
                Some(proxy) => ThroughProxy { proxy, error }.into(),
                None => error.into(),
            };
            Failure { cause, was_closed }
        })
    }

    /// The system's proxy for `url`. As in browsers, requests to this machine itself have none.
    fn proxy(&self, url: &Url) -> Option<Uri> {
        if target::is_loopback(url) {
            return None;
        }
        let proxies = self.proxies.get_or_init(Matcher::from_system);
        proxies.intercept(&url.as_str().parse().ok()?).map(|proxy| proxy.uri().clone())
    }

    fn client(&self, pool: Pool, is_proxied: bool) -> Result<&Client, Cause> {
        let pair = if is_proxied { &self.proxied } else { &self.direct };
        let client = match pool {
            Pool::Used => &pair.pooled,
            Pool::Unused => &pair.unpooled,
        };
        client.get_or_init(|| self.make(pool, is_proxied)).as_ref().map_err(Cause::clone)
    }

    fn make(&self, pool: Pool, is_proxied: bool) -> Result<Client, Cause> {
        let builder = || -> ClientBuilder {
            let builder = Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .http1_allow_obsolete_multiline_headers_in_responses(true)
                .http1_max_headers(MAX_HEADERS)
                .connector_layer(MapRequestLayer::new(connecting))
                .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
            let builder = http2::limit_headers(builder, MAX_HEADER_BYTES);
            let builder = if is_proxied { builder } else { builder.no_proxy() };
            if pool == Pool::Used { builder } else { builder.pool_max_idle_per_host(0) }
        };
        Ok(tls::build(builder)?)
    }
}

/// Called with the destination of a new connection, by the request that needs it.
fn connecting<R>(to: R) -> R {
    // An error: it is made ahead of time, for no request.
    let _ = CONNECTS.try_with(|connects| connects.set(true));
    to
}

/// Whether a connection was closed before the response.
fn says_closed(error: &reqwest::Error) -> bool {
    iter::successors(error.source(), |error| (*error).source()).any(|error| {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return error.is_incomplete_message() || error.is_closed();
        }
        error.downcast_ref::<io::Error>().is_some_and(|error| {
            use io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
            };
            matches!(
                error.kind(),
                BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
            )
        })
    })
}

#[derive(Debug)]
struct ThroughProxy {
    /// Without user name and password.
    proxy: Uri,
    error: reqwest::Error,
}

impl fmt::Display for ThroughProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no response through the proxy {}", self.proxy)
    }
}

impl Error for ThroughProxy {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

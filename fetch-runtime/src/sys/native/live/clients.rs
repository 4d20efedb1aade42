//! HTTP clients: one that keeps connections, and one that makes new ones.

use std::error::Error;
use std::ops::Deref;
use std::sync::OnceLock;
use std::{fmt, io, iter};

use hyper::body::Incoming;
use hyper::header::{ACCEPT, COOKIE, HeaderMap, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::client::legacy::{self, Client};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Url;

use super::connector::Connector;
use super::cookies::Cookies;
use super::http2;
use super::link::{HasAnswered, NAME};
use super::upload::Body;
use super::wire_request::WireRequest;
use crate::sys::native::machine::event::Cause;
use crate::sys::native::parts;

/// The most header fields of a response. hyper reserves room for all of them for each response, 64
/// bytes each: with 4,096, that took a third of the time of a small request.
const MAX_HEADERS: usize = 1024;

/// The most bytes of all header fields, which is hyper's limit for HTTP/1.1. HTTP/2 adds 32 to each
/// field.
const MAX_HEADER_BYTES: u32 = 408 * 1024;

/// How often a request is sent again that a server has refused to begin with.
const MAX_REFUSALS: usize = 2;

/// A response whose body has not been read.
pub(super) struct Response {
    pub(super) url: Url,
    message: hyper::Response<Incoming>,
}

impl Response {
    pub(super) fn into_body(self) -> Incoming {
        self.message.into_body()
    }
}

impl Deref for Response {
    type Target = hyper::Response<Incoming>;

    fn deref(&self) -> &Self::Target {
        &self.message
    }
}

/// The clients of the process, and its cookies.
#[derive(Default)]
pub(super) struct Clients {
    cookies: Cookies,
    /// Made when it is first needed, on a worker: reading the system's certificates takes a while.
    pair: OnceLock<Result<Pair, Cause>>,
}

struct Pair {
    connector: Connector,
    /// Takes connections from a pool.
    pooled: Client<Connector, Body>,
    /// Makes a new connection for each request.
    unpooled: Client<Connector, Body>,
}

#[derive(Clone, Copy)]
enum Pool {
    Used,
    Unused,
}

/// The reason why there is no response.
struct Failure {
    cause: Cause,
    /// The server has not begun with the request.
    was_refused: bool,
    /// The server had closed a kept connection. RFC 9112 §9.3.1 then allows a client to send an
    /// idempotent request again.
    was_closed: bool,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self { cause, was_refused: false, was_closed: false }
    }
}

impl Clients {
    /// Sends `request` to `url`, with its cookies, and follows no redirect.
    pub(super) async fn send(&self, url: &Url, request: &WireRequest) -> Result<Response, Cause> {
        if url.scheme() == "https" {
            parts::HTTPS.map_err(Cause::new)?;
        }
        let mut result = self.attempt(url, request, Pool::Used).await;
        for _ in 0..MAX_REFUSALS {
            if !matches!(&result, Err(failure) if failure.was_refused) {
                break;
            }
            result = self.attempt(url, request, Pool::Used).await;
        }
        if matches!(&result, Err(failure) if failure.was_closed && request.method.is_idempotent()) {
            result = self.attempt(url, request, Pool::Unused).await;
        }
        let message = result.map_err(|failure| failure.cause)?;
        self.cookies.store(message.headers(), url);
        Ok(Response { url: url.clone(), message })
    }

    async fn attempt(
        &self,
        url: &Url,
        request: &WireRequest,
        pool: Pool,
    ) -> Result<hyper::Response<Incoming>, Failure> {
        let uri: Uri = url.as_str().parse().map_err(Cause::from)?;
        let pair = self.pair.get_or_init(Pair::new).as_ref().map_err(Cause::clone)?;
        let proxy = pair.connector.proxy(&uri);
        let mut message = Request::new(request.outgoing());
        *message.method_mut() = request.method.clone();
        *message.headers_mut() = self.headers(url, request, proxy.as_ref());
        *message.uri_mut() = uri;
        let client = match pool {
            Pool::Used => &pair.pooled,
            Pool::Unused => &pair.unpooled,
        };
        match client.request(message).await {
            Ok(response) => {
                if let Some(has_answered) = response.extensions().get::<HasAnswered>() {
                    has_answered.set();
                }
                Ok(response)
            }
            Err(error) => Err(Failure {
                was_refused: http2::is_refused(&error),
                was_closed: says_closed(&error) && HasAnswered::of(error.connect_info()),
                cause: match proxy {
                    Some(proxy) => ThroughProxy { proxy: proxy.uri().clone(), error }.into(),
                    None => error.into(),
                },
            }),
        }
    }

    /// The header fields, those that every request has among them.
    fn headers(&self, url: &Url, request: &WireRequest, proxy: Option<&Intercept>) -> HeaderMap {
        let mut headers = request.headers.clone();
        if let Some(cookies) = self.cookies.header(url) {
            headers.append(COOKIE, cookies);
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(NAME));
        // A tunnel has had it.
        let auth = proxy.and_then(Intercept::basic_auth).filter(|_| url.scheme() == "http");
        if let Some(auth) = auth {
            headers.insert(PROXY_AUTHORIZATION, auth.clone());
        }
        headers
    }
}

impl Pair {
    fn new() -> Result<Self, Cause> {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_max_headers(MAX_HEADERS);
        http2::limit_headers(&mut builder, MAX_HEADER_BYTES);
        let connector = Connector::new()?;
        let pooled = builder.build(connector.clone());
        let unpooled = builder.pool_max_idle_per_host(0).build(connector.clone());
        Ok(Self { connector, pooled, unpooled })
    }
}

/// Whether a connection was closed before the response.
fn says_closed(error: &legacy::Error) -> bool {
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
    error: legacy::Error,
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

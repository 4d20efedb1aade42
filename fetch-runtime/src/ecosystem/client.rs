//! A [`Service`] that sends requests of the crate http.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, Uri};
use tower_service::Service;

use super::{ClientError, ResponseBody};
use crate::extras::stream::check_can_stream;
#[cfg(target_os = "emscripten")]
use crate::task::hooks;
use crate::{Body, Request, ResponseStream};

/// A [`Service`] that sends a [`http::Request`], and gives a [`http::Response`] whose body streams.
/// So the layers of tower and tower-http work, and clients that are built on such a service.
///
/// Each call is one request, which starts when its future is first polled. Dropping the future or
/// the response's body aborts it. A response with any HTTP status is no error; a request without an
/// answer is a [`ClientError`].
///
/// - The request's body is collected before it is sent: a browser sends it as a whole.
/// - The response's body streams as [`Request::stream`] does. If the program or the request cannot
///   stream, for example on the web without `-sFETCH_STREAMING`, the response comes when its body
///   is complete, and the body is one frame.
/// - The headers of the connection are the browser's. So `Accept-Encoding`, `Connection`,
///   `Content-Length`, `Expect`, `Keep-Alive`, `TE`, `Trailer` and `Transfer-Encoding` are left
///   out, and `Host` if it is that of the URI. All other [forbidden request-headers][forbidden]
///   are errors.
///
/// The client itself can go to any thread. The future of a call, and the body, stay on the thread
/// of the call; a [`SendClient`](crate::SendClient) is for clients that need them to be `Send`.
///
/// ```no_run
/// use bytes::Bytes;
/// use fetch_runtime::Client;
/// use http_body_util::{BodyExt, Full};
/// use tower::{ServiceBuilder, ServiceExt};
///
/// async fn motd() -> Result<Bytes, Box<dyn std::error::Error>> {
///     let service = ServiceBuilder::new().concurrency_limit(4).service(Client::new());
///     let request = http::Request::get("https://example.com/motd");
///     let request = request.body(Full::<Bytes>::default())?;
///     let response = service.oneshot(request).await?;
///     println!("{}", response.status());
///     Ok(response.into_body().collect().await?.to_bytes())
/// }
/// ```
///
/// [forbidden]: https://fetch.spec.whatwg.org/#forbidden-request-header
#[derive(Clone, Default)]
pub struct Client {
    options: Option<Arc<dyn Fn(Request) -> Request + Send + Sync>>,
}

impl Client {
    /// A client that sends each request as it is.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets options that a [`http::Request`] lacks, for each request of the client.
    ///
    /// ```
    /// use std::time::Duration;
    /// use fetch_runtime::{Client, Credentials};
    ///
    /// let client = Client::new().with_options(|request| {
    ///     request.timeout(Duration::from_secs(30)).credentials(Credentials::Include)
    /// });
    /// # drop(client);
    /// ```
    #[must_use]
    pub fn with_options(
        mut self,
        options: impl Fn(Request) -> Request + Send + Sync + 'static,
    ) -> Self {
        let before = self.options.take();
        self.options = Some(Arc::new(move |request| match &before {
            Some(before) => options(before(request)),
            None => options(request),
        }));
        self
    }

    async fn send<B>(self, request: http::Request<B>) -> Result<Answer, ClientError>
    where
        B: http_body::Body<Error: Into<Box<dyn StdError + Send + Sync>>>,
    {
        let (mut head, body) = request.into_parts();
        remove_connection_headers(&mut head.headers, &head.uri);
        let body = collect(body).await;
        let body = body.map_err(|error| ClientError::RequestBody(error.into()))?;
        let mut request = Request::try_from(http::Request::from_parts(head, body))?;
        if let Some(options) = &self.options {
            request = options(request);
        }
        if can_stream(&request) {
            let stream = request.stream().await?;
            Ok(http::Response::<ResponseStream>::try_from(stream)?.map(ResponseBody::from))
        } else {
            let response = request.await?;
            Ok(http::Response::<Body>::try_from(response)?.map(ResponseBody::from))
        }
    }
}

type Answer = http::Response<ResponseBody>;

/// A thread that is blocked has no stream.
fn can_stream(request: &Request) -> bool {
    #[cfg(target_os = "emscripten")]
    if hooks::blocked().is_some() {
        return false;
    }
    check_can_stream(&request.parts).is_ok()
}

/// The data of all frames. That of a single one is not copied.
async fn collect<B: http_body::Body>(body: B) -> Result<Bytes, B::Error> {
    let mut body = pin!(body);
    let mut whole = Bytes::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(mut data) = frame?.into_data() else { continue };
        let data = data.copy_to_bytes(data.remaining());
        whole = match whole.is_empty() {
            true => data,
            false => {
                let mut longer = BytesMut::from(whole);
                longer.extend_from_slice(&data);
                longer.freeze()
            }
        };
    }
    Ok(whole)
}

/// Removes the headers that say how this client talks to the server, which the browser does.
fn remove_connection_headers(headers: &mut HeaderMap, uri: &Uri) {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    for name in [
        ACCEPT_ENCODING,
        CONNECTION,
        CONTENT_LENGTH,
        EXPECT,
        KEEP_ALIVE,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
    let host = uri.authority().map(|authority| {
        let authority = authority.as_str();
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    });
    let is_host = |value: &http::HeaderValue| {
        host.is_some_and(|host| value.as_bytes().eq_ignore_ascii_case(host.as_bytes()))
    };
    if headers.get(HOST).is_some_and(is_host) {
        headers.remove(HOST);
    }
}

impl<B> Service<http::Request<B>> for Client
where
    B: http_body::Body<Error: Into<Box<dyn StdError + Send + Sync>>> + 'static,
{
    type Response = http::Response<ResponseBody>;
    type Error = ClientError;
    type Future = ClientFuture;

    /// It is always ready: a browser queues requests itself.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ClientError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> ClientFuture {
        ClientFuture(Box::pin(self.clone().send(request)))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// The future of a [`Client`]'s response. Dropping it aborts the request.
#[must_use = "a request does nothing until it is awaited"]
pub struct ClientFuture(Pin<Box<dyn Future<Output = Result<Answer, ClientError>>>>);

impl Future for ClientFuture {
    type Output = Result<http::Response<ResponseBody>, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for ClientFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientFuture").finish_non_exhaustive()
    }
}

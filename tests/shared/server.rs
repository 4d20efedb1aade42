//! A local HTTP server that behaves well and badly on request.

mod assets;
mod auth;
mod broken;
mod chat;
mod forms;
mod health;
mod lab;
mod oauth;
mod resumable;
mod uploads;
mod validated;

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures_util::stream::{self, StreamExt};
use hyper::ext::ReasonPhrase;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower_http::services::ServeDir;

use crate::cors;
use crate::noise::noise;
use crate::pattern::PERIOD;
pub use crate::pattern::pattern;

/// How often each path was asked for.
pub type Requests = Arc<Mutex<HashMap<String, usize>>>;

/// How many connections wait to be accepted. Where there is no room, a slow server's client sees a
/// reset: tests make a thousand connections at once.
const BACKLOG: u32 = 4096;

/// TLS for `localhost` and `www.example.test`. Also answers with the certificate, as PEM.
///
/// # Errors
/// If there is no key.
pub fn tls() -> io::Result<(rustls::ServerConfig, String)> {
    let names = ["localhost".to_owned(), "www.example.test".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    let key = PrivateKeyDer::try_from(made.key_pair.serialize_der()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)
        })
        .map_err(io::Error::other)?;
    Ok((config, made.cert.pem()))
}

/// A server in a thread of its own, on a free port of 127.0.0.1. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Requests,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves [`router`], and the files of `folder` for all other paths.
    ///
    /// # Errors
    /// If there is no port, or no thread.
    pub fn start(folder: Option<&FilePath>) -> io::Result<Self> {
        Self::serve(folder, None)
    }

    /// Serves [`router`] over TLS, as [`tls`] says. Also answers with the certificate, as PEM.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_tls() -> io::Result<(Self, String)> {
        let (config, certificate) = tls()?;
        let server = Self::serve(None, Some(TlsAcceptor::from(Arc::new(config))))?;
        Ok((server, certificate))
    }

    fn serve(folder: Option<&FilePath>, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _context = runtime.enter();
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            socket.listen(BACKLOG)?
        };
        let address = listener.local_addr()?;
        let requests = Requests::default();
        let router = router(Arc::clone(&requests), folder);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("test server".into()).spawn(move || {
            runtime.block_on(async {
                let serve = async {
                    match tls {
                        Some(acceptor) => {
                            axum::serve(TlsListener { listener, acceptor }, router).await
                        }
                        None => axum::serve(listener, router).await,
                    }
                };
                tokio::select! {
                    ended = serve => ended.expect("the test server runs until it is stopped"),
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { address, requests, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path that begins with `/`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How often this path was asked for.
    #[must_use]
    pub fn requests(&self, path: &str) -> usize {
        self.requests.lock().map_or(0, |requests| requests.get(path).copied().unwrap_or(0))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // If it panicked, it has said so.
            let _ = thread.join();
        }
    }
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
            // A client that does not trust the certificate goes away.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Counts the request, and reads its body before anything answers it: hyper closes a connection
/// with an unread body, and the reset would overtake the response.
async fn count(
    State(requests): State<Requests>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    if let Ok(mut requests) = requests.lock() {
        *requests.entry(request.uri().path().to_owned()).or_default() += 1;
    }
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(next.run(Request::from_parts(head, Body::from(body))).await)
}

/// The paths, each named for its answer. All others are the files of `folder`.
pub fn router(requests: Requests, folder: Option<&FilePath>) -> Router {
    let router = Router::new()
        .route("/status/{code}", any(status))
        .route("/status/{code}/{length}", any(page))
        .route("/reason", any(async || with_reason(StatusCode::OK, b"All Is Well")))
        .route("/no-reason", any(async || with_reason(StatusCode::INTERNAL_SERVER_ERROR, b"")))
        .route("/empty", any(|| async {}))
        .route("/bytes/{length}", get(|Path(length): Path<usize>| async move { pattern(length) }))
        .route("/chunked/{length}", get(chunked))
        .route("/stream/{length}", get(streamed))
        .route("/noise/{length}", get(|Path(length): Path<usize>| async move { noise(length) }))
        .route("/gzip/{length}", get(gzip))
        .route("/slow/{ms}", any(slow))
        .route("/drip/{chunks}/{ms}", get(drip))
        .route("/redirect/{code}", any(redirect))
        .route("/loop", any(|| async { (StatusCode::FOUND, [(header::LOCATION, "/loop")]) }))
        .route("/echo", any(echo))
        .route("/headers", any(headers))
        .route("/uri/{*rest}", any(async |uri: Uri| uri.to_string()))
        .route("/cookie", get(cookie))
        .route("/cookie/{name}", get(cookie_of_a_path))
        .route("/requests", get(asked))
        .route("/clear-storage", any(|| async { [("clear-site-data", "\"storage\"")] }))
        .route("/busy/{times}/{name}", any(busy))
        .merge(assets::router())
        .merge(auth::router())
        .merge(broken::router())
        .merge(forms::router())
        .merge(lab::router())
        .merge(oauth::router())
        .merge(resumable::router())
        .merge(validated::router())
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(&requests))
        .merge(chat::router())
        .merge(health::router());
    let router = match folder {
        Some(folder) => router.fallback_service(ServeDir::new(folder)),
        None => router,
    };
    let router = router.layer(middleware::from_fn_with_state(requests, count));
    let router = router.merge(uploads::router());
    // A preflight does not count.
    router.layer(middleware::from_fn(cors::answer))
}

/// The status, with the number in the body.
async fn status(Path(code): Path<u16>) -> Result<impl IntoResponse, StatusCode> {
    let status = StatusCode::from_u16(code).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok((status, format!("status {code}")))
}

/// The status, with a body of that many bytes.
async fn page(Path((code, length)): Path<(u16, usize)>) -> Result<Response, StatusCode> {
    let mut response = streamed(Path(length)).await;
    *response.status_mut() = StatusCode::from_u16(code).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(response)
}

/// A reason phrase of its own.
fn with_reason(status: StatusCode, reason: &'static [u8]) -> Response {
    let mut response = (status, "reason").into_response();
    response.extensions_mut().insert(ReasonPhrase::from_static(reason));
    response
}

/// No Content-Length.
async fn chunked(Path(length): Path<usize>) -> Body {
    let chunks: Vec<_> = pattern(length)
        .chunks(16 * 1024)
        .map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk)))
        .collect();
    Body::from_stream(stream::iter(chunks))
}

/// As `/bytes`, made as it is sent.
async fn streamed(Path(length): Path<usize>) -> Response {
    const PIECE: usize = PERIOD * 256;
    let piece = Bytes::from(pattern(PIECE));
    let pieces = stream::iter((0..length).step_by(PIECE))
        .map(move |begin| Ok::<_, Infallible>(piece.slice(..PIECE.min(length - begin))));
    ([(header::CONTENT_LENGTH, length.to_string())], Body::from_stream(pieces)).into_response()
}

async fn gzip(Path(length): Path<usize>) -> Result<Response, StatusCode> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let encoded = encoder.write_all(&pattern(length)).and_then(|()| encoder.finish());
    let encoded = encoded.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_ENCODING, "gzip")], encoded).into_response())
}

/// Answers after that many milliseconds.
async fn slow(Path(ms): Path<u64>) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("after {ms} ms")
}

/// That many chunks of 1,000 bytes, one each that many milliseconds.
async fn drip(Path((chunks, ms)): Path<(usize, u64)>) -> Response {
    let body = stream::iter(0..chunks).then(move |_| async move {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        Ok::<_, Infallible>(pattern(1000))
    });
    ([(header::CONTENT_LENGTH, (chunks * 1000).to_string())], Body::from_stream(body))
        .into_response()
}

/// Redirects to `?to=`.
async fn redirect(
    Path(code): Path<u16>,
    Query(query): Query<HashMap<String, String>>,
    _: Bytes, // as in `broken::play`
) -> Result<Response, StatusCode> {
    let status = StatusCode::from_u16(code).map_err(|_| StatusCode::BAD_REQUEST)?;
    let to = query.get("to").ok_or(StatusCode::BAD_REQUEST)?;
    Ok((status, [(header::LOCATION, to.as_str())], "moved").into_response())
}

/// Sends back the body with its type, and the method.
async fn echo(method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let mut answer = HeaderMap::new();
    if let Some(content_type) = headers.get(header::CONTENT_TYPE) {
        answer.insert(header::CONTENT_TYPE, content_type.clone());
    }
    if let Ok(method) = HeaderValue::from_str(method.as_str()) {
        answer.insert(HeaderName::from_static("x-method"), method);
    }
    (answer, body).into_response()
}

/// The request's headers, one a line.
async fn headers(headers: HeaderMap) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, value) in &headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    text
}

/// Sets a cookie, and tells which one came.
async fn cookie(headers: HeaderMap) -> Response {
    let came = headers.get(header::COOKIE).cloned().unwrap_or(HeaderValue::from_static("none"));
    ([(header::SET_COOKIE, "crumb=1; Path=/")], came.as_bytes().to_vec()).into_response()
}

/// Sets a cookie of this name, for this path alone, and tells whether it came.
async fn cookie_of_a_path(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let came = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
    let came =
        came.is_some_and(|cookies| cookies.split("; ").any(|cookie| cookie == format!("{name}=1")));
    let set = format!("{name}=1; Path=/cookie/{name}");
    ([(header::SET_COOKIE, set)], if came { "came" } else { "none" }).into_response()
}

/// How often `?path=` was asked for.
async fn asked(
    State(requests): State<Requests>,
    Query(query): Query<HashMap<String, String>>,
) -> String {
    let path = query.get("path").map_or("", String::as_str);
    requests.lock().map_or(0, |requests| requests.get(path).copied().unwrap_or(0)).to_string()
}

/// Is unavailable for a second, so many times under each name.
async fn busy(
    State(requests): State<Requests>,
    Path((times, _)): Path<(usize, String)>,
    uri: Uri,
) -> Response {
    let asked =
        requests.lock().map_or(0, |requests| requests.get(uri.path()).copied().unwrap_or(0));
    if asked > times {
        format!("asked {asked} times").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "busy").into_response()
    }
}

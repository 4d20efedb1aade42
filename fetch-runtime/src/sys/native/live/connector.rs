//! Connections to servers, directly or through the system's proxies.

use std::error::Error;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::{Response, Uri};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tower_service::Service;

use super::tls::Tls;
use crate::sys::native::machine::event::Cause;
use crate::sys::native::target;

/// How long a peer may be silent before it is asked whether it is there, and then between the
/// [`PROBES`].
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;

/// How long sent bytes may stay unacknowledged.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

pub(super) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The client's `User-Agent`.
pub(super) const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Makes connections.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Tls,
    proxies: Arc<Matcher>,
}

impl Connector {
    /// Reads the system's proxies and certificates.
    ///
    /// # Errors
    /// As [`Tls::new`].
    pub(super) fn new() -> std::result::Result<Self, Cause> {
        let mut tcp = HttpConnector::new();
        // Others than `http:` have TLS.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(PROBES));
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
        Ok(Self { tcp, tls: Tls::new()?, proxies: Arc::new(Matcher::from_system()) })
    }

    /// The system's proxy for a server. As in browsers, requests to this machine itself have none.
    pub(super) fn proxy(&self, server: &Uri) -> Option<Intercept> {
        if target::is_loopback(server.host().unwrap_or_default()) {
            return None;
        }
        self.proxies.intercept(server)
    }

    async fn connect(self, server: Uri) -> Result<Link> {
        let proxy = self.proxy(&server);
        // A tunnel is as good as a connection to the server.
        let is_proxied = proxy.is_some() && server.scheme_str() == Some("http");
        let stream = self.tls.connect(self.tcp, server, proxy).await?;
        Ok(Link { stream, is_proxied })
    }
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Link>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        Box::pin(self.clone().connect(server))
    }
}

/// Whether a connection has brought a response.
#[derive(Clone, Default)]
pub(super) struct HasAnswered(Arc<AtomicBool>);

impl HasAnswered {
    /// That of a connection on which a request has failed.
    pub(super) fn of(connection: Option<&Connected>) -> bool {
        let mut extras = Response::new(());
        if let Some(connection) = connection {
            connection.get_extras(extras.extensions_mut());
        }
        extras.extensions().get::<Self>().is_some_and(|this| this.0.load(Ordering::Relaxed))
    }

    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Bytes to and from a server or a proxy.
pub(super) trait Stream: Connection + Read + Send + Unpin + Write {}

impl<S: Connection + Read + Send + Unpin + Write> Stream for S {}

/// A connection.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    /// Whether a proxy is to be asked for whole URLs.
    is_proxied: bool,
}

impl Connection for Link {
    /// Called once.
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_proxied).extra(HasAnswered::default())
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

//! Connections to servers, directly or through the system's proxies.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tower_service::Service;

use super::link::{Link, Result};
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
        Ok(Link::new(stream, is_proxied))
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

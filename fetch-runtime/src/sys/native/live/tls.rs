//! TLS for connections, with the system's certificates.

use std::sync::Arc;

use hyper::Uri;
use hyper::header::{HeaderMap, HeaderValue, USER_AGENT};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tower_service::Service;

use super::http2;
use super::link::{self, NAME, Stream};
use crate::sys::native::machine::event::Cause;

#[derive(Clone)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    /// For the connection to a proxy, in which a tunnel is HTTP/1.1.
    without_alpn: Arc<ClientConfig>,
}

impl Tls {
    /// Reads the system's certificates.
    ///
    /// # Errors
    /// If the program has installed a provider of cryptography that cannot do TLS.
    pub(super) fn new() -> Result<Self, Cause> {
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.unwrap_or_else(|| Arc::new(ring::default_provider()));
        let builder = || {
            ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
        };
        // Without certificates, the system can still do HTTP without TLS.
        let builder = match builder()?.with_platform_verifier() {
            Ok(builder) => builder,
            Err(_) => builder()?.with_root_certificates(RootCertStore::empty()),
        };
        let without_alpn = builder.with_no_client_auth();
        let mut config = without_alpn.clone();
        config.alpn_protocols = http2::PROTOCOLS.iter().map(|name| name.to_vec()).collect();
        Ok(Self { config: Arc::new(config), without_alpn: Arc::new(without_alpn) })
    }

    /// Connects to a server: with TLS if its URI is `https:`, and then through a tunnel if there is
    /// a proxy.
    pub(super) async fn connect(
        &self,
        tcp: HttpConnector,
        to: Uri,
        proxy: Option<Intercept>,
    ) -> link::Result<Box<dyn Stream>> {
        let config = Arc::clone(&self.config);
        Ok(match proxy {
            Some(proxy) if to.scheme_str() == Some("https") => {
                let to_proxy = HttpsConnector::from((tcp, Arc::clone(&self.without_alpn)));
                let name = (USER_AGENT, HeaderValue::from_static(NAME));
                let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy)
                    .with_headers(HeaderMap::from_iter([name]));
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                Box::new(HttpsConnector::from((tunnel, config)).call(to).await?)
            }
            Some(proxy) => {
                Box::new(HttpsConnector::from((tcp, config)).call(proxy.uri().clone()).await?)
            }
            None => Box::new(HttpsConnector::from((tcp, config)).call(to).await?),
        })
    }
}

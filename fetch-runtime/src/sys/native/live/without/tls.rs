//! Stands in for TLS, without the feature `native-https`.

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Intercept;
use tower_service::Service;

use crate::sys::native::live::link::{Result, Stream};
use crate::sys::native::machine::event::Cause;

#[derive(Clone)]
pub(in crate::sys::native::live) struct Tls;

impl Tls {
    /// # Errors
    /// Never.
    pub(in crate::sys::native::live) fn new() -> std::result::Result<Self, Cause> {
        Ok(Self)
    }

    /// Connects to a server or its proxy.
    ///
    /// # Errors
    /// If its URI is `https:`, or it cannot be reached.
    pub(in crate::sys::native::live) async fn connect(
        &self,
        mut tcp: HttpConnector,
        to: Uri,
        proxy: Option<Intercept>,
    ) -> Result<Box<dyn Stream>> {
        tcp.enforce_http(true);
        let to = proxy.map_or(to, |proxy| proxy.uri().clone());
        Ok(Box::new(tcp.call(to).await?))
    }
}

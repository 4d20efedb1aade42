//! Forwards requests of the page's origin to another server, as `/api=http://127.0.0.1:3000` says.

use std::str::FromStr;

use anyhow::{Context, Result};
use axum::Router;
use axum::http::Uri;
use axum_reverse_proxy::ReverseProxy;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// The requests that are forwarded, and the server that they go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    path: String,
    target: String,
}

impl FromStr for Proxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, target) = text.split_once('=').ok_or("it is PATH=URL")?;
        let path = path.trim_end_matches('/');
        if !path.starts_with('/') || path.contains(['?', '#', '{', '}']) {
            return Err("its path begins with / and is not / itself: /api");
        }
        if path == "/fetch-runner" || path.starts_with("/fetch-runner/") {
            return Err("/fetch-runner is the runner's own");
        }
        let is_url = target.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some()
                && uri.query().is_none()
        });
        if !is_url {
            return Err("its URL begins with http:// or https:// and has no query");
        }
        Ok(Self { path: path.to_owned(), target: target.trim_end_matches('/').to_owned() })
    }
}

/// Forwards for all of them.
pub(crate) fn router(proxies: &[Proxy]) -> Result<Router> {
    if proxies.is_empty() {
        return Ok(Router::new());
    }
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .context("no TLS")?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    Ok(proxies.iter().fold(Router::new(), |router, Proxy { path, target }| {
        let proxy = ReverseProxy::new_with_client(path, target, client.clone());
        router.merge(Router::from(proxy))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_path_and_a_url() {
        let proxy = |path: &str, target: &str| Proxy { path: path.into(), target: target.into() };
        let parse = |text: &str| text.parse::<Proxy>();
        let local = "http://127.0.0.1:3000";
        assert_eq!(parse("/api=http://127.0.0.1:3000"), Ok(proxy("/api", local)));
        assert_eq!(parse("/api/=http://127.0.0.1:3000/"), Ok(proxy("/api", local)));
        let other = "https://example.com/v1?";
        assert!(parse(&format!("/a={other}")).is_err());
        assert_eq!(parse("/a/b=https://h/v1"), Ok(proxy("/a/b", "https://h/v1")));
        for wrong in ["/api", "api=http://h", "/=http://h", "/a=h", "/a=ftp://h", "/a=http://"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse("/fetch-runner/a=http://h"), Err("/fetch-runner is the runner's own"));
    }
}

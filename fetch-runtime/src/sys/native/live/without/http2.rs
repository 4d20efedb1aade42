//! Stands in for HTTP/2, without the feature `native-http2`. Servers then speak HTTP/1.1.

use reqwest::ClientBuilder;

/// There is nothing to limit.
pub(in crate::sys::native::live) fn limit_headers(builder: ClientBuilder, _: u32) -> ClientBuilder {
    builder
}

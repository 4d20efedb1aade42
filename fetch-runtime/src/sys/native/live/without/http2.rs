//! Stands in for HTTP/2, without the feature `native-http2`. Servers then speak HTTP/1.1.

use std::error::Error;

use hyper_util::client::legacy::Builder;

/// The protocols that the client speaks over TLS.
#[allow(dead_code, reason = "without TLS, nothing is negotiated")]
pub(in crate::sys::native::live) const PROTOCOLS: &[&[u8]] = &[b"http/1.1"];

/// There is nothing to limit.
pub(in crate::sys::native::live) fn limit_headers(_: &mut Builder, _: u32) {}

/// Only HTTP/2 has refusals.
pub(in crate::sys::native::live) fn is_refused(_: &(dyn Error + 'static)) -> bool {
    false
}

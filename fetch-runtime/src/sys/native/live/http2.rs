//! The limits of HTTP/2.

use reqwest::ClientBuilder;

/// Limits the bytes of all header fields of a response.
pub(super) fn limit_headers(builder: ClientBuilder, bytes: u32) -> ClientBuilder {
    builder.http2_max_header_list_size(bytes)
}

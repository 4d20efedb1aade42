//! HTTP/2: its name, its limits and its refusals.

use std::error::Error;
use std::iter;

use h2::Reason;
use hyper_util::client::legacy::Builder;

/// The protocols that the client speaks over TLS, the best first.
#[allow(dead_code, reason = "without TLS, nothing is negotiated")]
pub(super) const PROTOCOLS: &[&[u8]] = &[b"h2", b"http/1.1"];

/// Limits the bytes of all header fields of a response.
pub(super) fn limit_headers(builder: &mut Builder, bytes: u32) {
    builder.http2_max_header_list_size(bytes);
}

/// Whether the server has said that it has not begun with the request, which can then be sent
/// again: [RFC 9113 §8.7].
///
/// [RFC 9113 §8.7]: https://www.rfc-editor.org/rfc/rfc9113#section-8.7
pub(super) fn is_refused(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |error| (*error).source())
        .find_map(|error| error.downcast_ref::<h2::Error>())
        .is_some_and(|error| {
            error.is_remote()
                && match error.reason() {
                    Some(Reason::NO_ERROR) => error.is_go_away(),
                    Some(Reason::REFUSED_STREAM) => error.is_reset(),
                    _ => false,
                }
        })
}

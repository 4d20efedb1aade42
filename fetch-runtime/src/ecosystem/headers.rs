//! The headers of a response as a [`HeaderMap`].

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Headers;

/// Values have the bytes that the server sent. A header that the crate http refuses is left out.
///
/// ```no_run
/// # fn with(response: fetch_runtime::Response) {
/// use http::HeaderMap;
///
/// if let Some(headers) = response.headers() {
///     let headers = HeaderMap::from(headers);
///     println!("{:?}", headers.get(http::header::CONTENT_TYPE));
/// }
/// # }
/// ```
impl From<&Headers> for HeaderMap {
    fn from(headers: &Headers) -> Self {
        let field = |(name, value): (&str, &str)| Some((name.parse().ok()?, bytes_of(value)?));
        headers.iter().filter_map(field).collect::<Vec<(HeaderName, _)>>().into_iter().collect()
    }
}

/// Each character is a byte, as in JavaScript.
fn bytes_of(value: &str) -> Option<HeaderValue> {
    let bytes = value.chars().map(u8::try_from).collect::<Result<Bytes, _>>().ok()?;
    HeaderValue::from_maybe_shared(bytes).ok()
}

/// The headers of a body that has been decoded: without its coding, and the coded length.
pub(super) fn decoded(headers: Option<&Headers>) -> HeaderMap {
    let mut headers = headers.map(HeaderMap::from).unwrap_or_default();
    if headers.remove(CONTENT_ENCODING).is_some() {
        headers.remove(CONTENT_LENGTH);
    }
    headers
}

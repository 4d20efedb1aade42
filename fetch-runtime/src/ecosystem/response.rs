//! Responses of the crate http.

use http::StatusCode;

use super::headers::decoded;
use crate::{Body, Error, Headers, Outcome, Response, ResponseStream};

/// A response with any HTTP status is one. All other outcomes are the error.
///
/// The body has been decoded, so `Content-Encoding` is left out, and with it `Content-Length`.
///
/// ```
/// use fetch_runtime::{Body, block_on, fetch};
///
/// let response = block_on(fetch!(GET "data:text/plain,hello").into_future())??;
/// let response = http::Response::<Body>::try_from(response)?;
/// assert_eq!(response.status(), http::StatusCode::OK);
/// assert_eq!(response.headers()["content-type"], "text/plain");
/// assert_eq!(&**response.body(), b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<Response> for http::Response<Body> {
    type Error = Error;

    fn try_from(response: Response) -> Result<Self, Error> {
        match (response.outcome(), status(response.status())) {
            (Outcome::Success | Outcome::HttpError, Some(status)) => {
                Ok(build(status, response.headers(), Body::EMPTY).map(|_| response.into_body()))
            }
            _ => Err(Error::new(response)),
        }
    }
}

/// As for a [`Response`]. A request that ended before the headers came is the error.
impl TryFrom<ResponseStream> for http::Response<ResponseStream> {
    type Error = Error;

    fn try_from(stream: ResponseStream) -> Result<Self, Error> {
        let stream = stream.answered()?;
        // A load from a WebView's own scheme has none.
        let status = status(stream.status()).unwrap_or(StatusCode::OK);
        Ok(build(status, stream.headers(), ()).map(|()| stream))
    }
}

fn status(status: u16) -> Option<StatusCode> {
    StatusCode::from_u16(status).ok()
}

fn build<B>(status: StatusCode, headers: Option<&Headers>, body: B) -> http::Response<B> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = decoded(headers);
    response
}

//! Requests of the crate http.

use http::HeaderMap;

use crate::{Request, RequestBody, RequestString, StartError};

/// Without bytes.
impl From<()> for RequestBody {
    fn from((): ()) -> Self {
        Self::from_static(b"")
    }
}

/// Takes the method, the URI, the headers and the body. An empty body is none, so that GET can have
/// it. The URI is absolute, or a path.
///
/// The version and the extensions have no meaning for a browser. The values are checked at once;
/// the errors are those of the request's start. A [forbidden request-header][forbidden] is an
/// error, even if a browser would set the same value: the client's own headers, such as `Host`, are
/// left out.
///
/// ```
/// use fetch_runtime::{Request, StartError};
///
/// let request = http::Request::put("https://example.com/score")
///     .header("Content-Type", "application/json")
///     .body(r#"{"score":7}"#)?;
/// let request = Request::try_from(request)?;
/// # drop(request);
///
/// let request = http::Request::get("/").header("Host", "example.com").body(())?;
/// let error = Request::try_from(request).unwrap_err();
/// assert!(matches!(error, StartError::InvalidHeaderName { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [forbidden]: https://fetch.spec.whatwg.org/#forbidden-request-header
impl<B: Into<RequestBody>> TryFrom<http::Request<B>> for Request {
    type Error = StartError;

    fn try_from(request: http::Request<B>) -> Result<Self, StartError> {
        let (head, body) = request.into_parts();
        let mut request = Self::new(head.method, head.uri).header_map(&head.headers);
        let body = body.into();
        if !body.as_slice().is_empty() {
            request = request.body(body);
        }
        request.check();
        request.parts.take_error()?;
        Ok(request)
    }
}

impl Request {
    /// Adds all headers of a map, each as [`header`](Self::header) does.
    ///
    /// ```
    /// use fetch_runtime::Request;
    /// use http::header::{ACCEPT, HeaderMap, HeaderValue};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert(ACCEPT, HeaderValue::from_static("text/plain"));
    /// let request = Request::get("/").header_map(&headers);
    /// # drop(request);
    /// ```
    pub fn header_map(self, headers: &HeaderMap) -> Self {
        headers
            .iter()
            .fold(self, |request, (name, value)| request.header(name, RequestString::from(value)))
    }
}

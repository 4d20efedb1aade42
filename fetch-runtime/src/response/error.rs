//! An unsuccessful response, as an error.

use std::fmt;
use std::ops::Deref;

use super::{Outcome, Response};

/// A [`Response`] whose [`outcome`](Response::outcome) is not success. It dereferences to that
/// response, which has everything that arrived, such as the body of a 404 page. Its size is one
/// pointer.
///
/// ```
/// use fetch_runtime::{Error, Response, fetch_handler};
///
/// #[fetch_handler]
/// fn loaded(result: Result<Response, Error>) -> Result<(), Error> {
///     let response = result?; // an `Err` is reported, as a panic is
///     println!("{} bytes", response.body().len());
///     Ok(())
/// }
/// ```
///
/// On the desktop, its `source` is the cause of a network error, which may have a source itself.
/// On the web it has none: browsers do not reveal the cause.
///
/// ```
/// use std::error::Error as _;
/// use fetch_runtime::Request;
///
/// let error = Request::get("http://127.0.0.1:1/").send_blocking()?.into_result().unwrap_err();
/// let mut message = error.to_string();
/// let mut cause = error.source();
/// while let Some(next) = cause {
///     message += &format!(": {next}");
///     cause = next.source();
/// }
/// assert!(message.starts_with("http://127.0.0.1:1/: network error: "), "{message}");
/// # Ok::<(), fetch_runtime::StartError>(())
/// ```
#[derive(Debug)]
pub struct Error(Box<Response>);

impl Error {
    pub(crate) fn new(response: Response) -> Self {
        Self(Box::new(response))
    }

    /// The response itself.
    #[must_use]
    pub fn into_response(self) -> Response {
        *self.0
    }
}

impl Deref for Error {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.url())?;
        match self.outcome() {
            Outcome::HttpError => {
                write!(f, "HTTP status {}", self.status())?;
                let text = self.status_text();
                if text.is_empty() { Ok(()) } else { write!(f, " {text}") }
            }
            outcome => write!(f, "{outcome}"),
        }
    }
}

impl std::error::Error for Error {
    /// On the desktop, the cause of a network error: an unknown host, a refused connection, an
    /// invalid certificate, the proxy, a malformed response. On the web, and for all other
    /// outcomes, `None`: browsers do not reveal the cause.
    #[cfg(not(target_os = "emscripten"))]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(crate::sys::backend::Cause::as_error)
    }
}

impl Response {
    /// Converts the response into a `Result`, which is `Ok` if [`is_success`](Self::is_success).
    /// An HTTP status outside 200 to 299 is an error, as is a request that got no answer. Code that
    /// handles such a status itself looks at the [`status`](Self::status), or takes the response
    /// [out of the error](Error::into_response).
    ///
    /// ```
    /// use fetch_runtime::{Error, Outcome, Response};
    ///
    /// /// The body; `None` if the server has no such file.
    /// fn optional(response: Response) -> Result<Option<Response>, Error> {
    ///     match response.into_result() {
    ///         Err(error) if error.status() == 404 => Ok(None),
    ///         result => result.map(Some),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// For any other outcome. The [`Error`] contains the response.
    pub fn into_result(self) -> Result<Self, Error> {
        if self.is_success() { Ok(self) } else { Err(Error::new(self)) }
    }
}

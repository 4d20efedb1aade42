//! Copies of requests.

use super::{Request, RequestParts};

impl Request {
    /// Copies the request, to send it again or with changes. A body is copied, unless it is static.
    ///
    /// `None` if the request has a closure, which cannot be copied: `on_progress`, `on_upload` or
    /// `on_chunk`.
    ///
    /// ```
    /// use fetch_runtime::{Request, Response, StartError};
    ///
    /// async fn twice(request: Request) -> Result<Response, StartError> {
    ///     let again = request.try_clone();
    ///     let response = request.await?;
    ///     match again {
    ///         Some(again) if response.status() == 503 => again.await,
    ///         _ => Ok(response),
    ///     }
    /// }
    ///
    /// let request = Request::post("/score").body("7");
    /// let copy = request.try_clone().unwrap();
    /// assert_eq!(copy.view().body(), Some(&b"7"[..]));
    /// assert!(request.on_progress(|_| ()).try_clone().is_none());
    /// ```
    #[must_use = "the copy is not sent, unless you send it"]
    pub fn try_clone(&self) -> Option<Self> {
        let extras = match &self.extras {
            None => None,
            Some(extras) => Some(extras.try_clone()?),
        };
        Some(Self {
            parts: Box::new(RequestParts::clone(&self.parts)),
            extras,
            access: self.access,
            #[cfg(feature = "integrity")]
            verifier: self.verifier.as_ref().map(|verifier| verifier.copy()),
        })
    }
}

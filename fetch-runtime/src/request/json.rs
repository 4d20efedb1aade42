//! Bodies in JSON.

use serde::Serialize;

use super::{Request, RequestString, StartError};

impl Request {
    /// Sets the body to the value, written as JSON, with the `Content-Type` `application/json`. A
    /// `Content-Type` of the request's own, set before or after, stays. The record of an
    /// [`idb_store`](Self::idb_store) can be JSON, too.
    ///
    /// It needs the feature `json`. A value that cannot be written, such as a map whose keys are
    /// not strings, is [`StartError::NotSerializable`] when the request starts.
    ///
    /// ```
    /// use fetch_runtime::{Request, fetch};
    /// use serde::Serialize;
    ///
    /// #[derive(Serialize)]
    /// struct Score {
    ///     player: String,
    ///     points: u32,
    /// }
    ///
    /// let score = Score { player: "me".into(), points: 7 };
    /// let request = Request::post("/scores").json(&score);
    /// assert_eq!(request.view().body(), Some(&br#"{"player":"me","points":7}"#[..]));
    /// assert_eq!(request.view().header("Content-Type").as_deref(), Some("application/json"));
    ///
    /// let request = fetch!(POST "/scores", json: &score); // the same
    /// # drop(request);
    /// ```
    pub fn json(mut self, value: impl Serialize) -> Self {
        match serde_json::to_vec(&value) {
            Ok(bytes) => self.typed_body(bytes, RequestString::from_literal("application/json\0")),
            Err(error) => {
                self.parts.record_error(StartError::NotSerializable {
                    option: "json",
                    reason: error.to_string(),
                });
                self
            }
        }
    }
}

//! Bodies in JSON, and the error of one that is not the expected JSON.

use std::fmt;

use serde::de::DeserializeOwned;

use super::Response;

/// The body is not the JSON that the program expects. The message names the URL, the HTTP status,
/// the mistake, and its place in the text. It needs the feature `json`.
///
/// ```
/// use fetch_runtime::fetch;
///
/// fetch!(GET "data:,%7B%22points%22:%22seven%22%7D" => |response| {
///     let error = response.json::<std::collections::HashMap<String, u32>>().unwrap_err();
///     assert_eq!(
///         error.to_string(),
///         "data:,%7B%22points%22:%22seven%22%7D: HTTP status 200, but the body is not the \
///          expected JSON: invalid type: string \"seven\", expected u32 at line 1 column 17",
///     );
///     assert_eq!((error.line(), error.column()), (1, 17));
/// })?;
/// fetch_runtime::run();
/// # Ok::<(), fetch_runtime::StartError>(())
/// ```
#[derive(Debug)]
pub struct JsonError(Box<Details>);

#[derive(Debug)]
struct Details {
    url: String,
    status: u16,
    error: serde_json::Error,
}

impl JsonError {
    /// The URL or the record's key, as [`Response::url`] gives it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The HTTP status of the response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The line of the mistake, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.error.line()
    }

    /// The column of the mistake, from 1 and in bytes. It is 0 at the beginning of a line.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.error.column()
    }

    /// The error of serde_json, which tells a text that is not JSON from JSON of another type.
    #[must_use]
    pub fn as_serde(&self) -> &serde_json::Error {
        &self.0.error
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { url, status, error } = &*self.0;
        write!(f, "{url}: HTTP status {status}, but the body is not the expected JSON: {error}")
    }
}

/// The message contains that of serde_json, so there is no `source`.
impl std::error::Error for JsonError {}

impl Response {
    /// The body, read as JSON. As `Response.json()` in a browser, it decodes the body as
    /// [`text`](Self::text) does. It reads the body whatever the status is: call
    /// [`into_result`](Self::into_result) first, unless an error page is JSON, too.
    ///
    /// It needs the feature `json`.
    ///
    /// # Errors
    /// If the body is not JSON, or not JSON of this type.
    ///
    /// ```
    /// use fetch_runtime::fetch;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Score {
    ///     player: String,
    ///     points: u32,
    /// }
    ///
    /// async fn best(level: u32) -> Result<Score, Box<dyn std::error::Error>> {
    ///     let response = fetch!(GET "/scores/{level}/best").await?.into_result()?;
    ///     Ok(response.json()?)
    /// }
    /// ```
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        serde_json::from_str(&self.text()).map_err(|error| {
            let (url, status) = (self.url().to_owned(), self.status());
            JsonError(Box::new(Details { url, status, error }))
        })
    }
}

//! The `Content-Type` that comes with a body, such as that of [`Request::json`].

use super::parts::ContentType;
use super::{Operation, Request, RequestBody, RequestParts, RequestString};

const NAME: &str = "Content-Type";

impl Request {
    /// Sets the body and its type.
    pub(super) fn typed_body(self, body: impl Into<RequestBody>, value: RequestString) -> Self {
        let mut request = self.body(body);
        request.parts.content_type = Some(ContentType { value, add });
        request
    }
}

impl RequestParts {
    /// The `Content-Type` that comes with the body, if no header overrides it.
    pub(super) fn default_content_type(&self) -> Option<(&'static str, &str)> {
        let is_download = matches!(self.operation, Operation::Download(_));
        let is_set = self.headers.names().any(|name| name.eq_ignore_ascii_case(NAME));
        let content_type = self.content_type.as_ref().filter(|_| is_download && !is_set)?;
        Some((NAME, content_type.value.as_str()))
    }
}

fn add(parts: &mut RequestParts) {
    if parts.default_content_type().is_some() {
        if let Some(ContentType { value, .. }) = parts.content_type.take() {
            parts.headers.push(RequestString::from(NAME), value);
        }
    }
}

//! Methods, URIs and header fields of the crate http as strings of a request.

use http::{HeaderName, HeaderValue, Method, Uri};

use crate::RequestString;

impl From<&Method> for RequestString {
    fn from(method: &Method) -> Self {
        method.as_str().into()
    }
}

impl From<Method> for RequestString {
    fn from(method: Method) -> Self {
        Self::from(&method)
    }
}

/// A URI that the crate http parses need not be a URL that a browser opens. The start of the
/// request then fails, with [`StartError::InvalidUrl`](crate::StartError::InvalidUrl).
impl From<&Uri> for RequestString {
    fn from(uri: &Uri) -> Self {
        // Both would be relative URLs.
        let reason = match (uri.scheme(), uri.authority()) {
            (None, Some(_)) => {
                "the crate http reads it as a host: add the scheme, such as `https://`; other \
                 URLs, such as `data:`, are no `Uri`: pass the string"
            }
            (None, None) if uri.path() == "*" => "`*` is the target of a server: name a path",
            _ => return uri.to_string().into(),
        };
        Self::invalid(uri.to_string(), reason)
    }
}

impl From<Uri> for RequestString {
    fn from(uri: Uri) -> Self {
        Self::from(&uri)
    }
}

impl From<&HeaderName> for RequestString {
    fn from(name: &HeaderName) -> Self {
        name.as_str().into()
    }
}

impl From<HeaderName> for RequestString {
    fn from(name: HeaderName) -> Self {
        Self::from(&name)
    }
}

/// Each byte is a character, as in JavaScript. So the server gets the same bytes.
impl From<&HeaderValue> for RequestString {
    fn from(value: &HeaderValue) -> Self {
        value.as_bytes().iter().copied().map(char::from).collect::<String>().into()
    }
}

impl From<HeaderValue> for RequestString {
    fn from(value: HeaderValue) -> Self {
        Self::from(&value)
    }
}

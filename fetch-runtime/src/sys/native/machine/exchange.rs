//! A request that `open` and `setRequestHeader` have accepted.

use std::time::Duration;

use super::fetch::Fetch;
use crate::sys::forbidden_headers;
use crate::sys::token::token_length;

pub(crate) struct Exchange {
    pub(crate) method: String,
    /// As the program wrote it.
    pub(crate) url: String,
    /// Each name occurs once. A value may have control characters.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Option<Vec<u8>>,
    /// A user name and a password, unless there is an `Authorization` header.
    pub(crate) auth: Option<(String, String)>,
    pub(crate) with_credentials: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) body_mode: BodyMode,
    /// Whether the driver reports how much of the body has left.
    pub(crate) reports_upload: bool,
}

/// How the response's body is to be delivered.
#[derive(Clone, Copy)]
pub(crate) enum BodyMode {
    Discard,
    Whole,
    Chunks,
}

impl Exchange {
    /// # Errors
    /// The message of an exception that upstream does not catch.
    pub(crate) fn new(fetch: &Fetch, body: Option<Vec<u8>>) -> Result<Self, String> {
        let attributes = &fetch.attributes;
        if attributes.streams() && attributes.is_synchronous() {
            return Err("FetchXHR cannot be synchronous".to_owned());
        }
        let method = method(&attributes.method)?;
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for (name, value) in &attributes.headers {
            if !is_token(name) {
                return Err(format!("invalid header name {name:?}"));
            }
            let name = name.to_ascii_lowercase();
            let value = header_value(value)?;
            if is_forbidden(&name, &value) {
                continue;
            }
            match headers.iter_mut().find(|(other, _)| *other == name) {
                // Upstream's `FetchXHR` replaces the value.
                Some((_, first)) if attributes.streams() => *first = value,
                Some((_, first)) => {
                    first.extend_from_slice(b", ");
                    first.extend(value);
                }
                None => headers.push((name, value)),
            }
        }
        let body = body.filter(|_| method != "GET" && method != "HEAD");
        let reports_upload = attributes.reports_upload && body.is_some();
        let has_authorization = headers.iter().any(|(name, _)| name == "authorization");
        Ok(Self {
            method,
            url: fetch.url(),
            headers,
            body,
            auth: attributes.auth().filter(|_| !has_authorization),
            with_credentials: attributes.with_credentials,
            timeout: attributes.timeout(),
            body_mode: match attributes {
                _ if attributes.streams() => BodyMode::Chunks,
                _ if attributes.loads_to_memory() || attributes.persists() => BodyMode::Whole,
                _ => BodyMode::Discard,
            },
            reports_upload,
        })
    }
}

/// <https://fetch.spec.whatwg.org/#concept-method-normalize>: these six are written in upper case.
fn method(method: &str) -> Result<String, String> {
    let upper = method.to_ascii_uppercase();
    match upper.as_str() {
        "" => Ok("GET".to_owned()),
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => Ok(upper),
        "CONNECT" | "TRACE" | "TRACK" => Err(format!("invalid method {method:?}")),
        _ if is_token(method) => Ok(method.to_owned()),
        _ => Err(format!("invalid method {method:?}")),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && token_length(text.as_bytes()) == text.len()
}

/// A `ByteString`: each character is a byte.
fn header_value(value: &str) -> Result<Vec<u8>, String> {
    let bytes: Result<Vec<_>, _> = value.chars().map(u8::try_from).collect();
    match bytes {
        Ok(bytes) if !bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) => {
            Ok(bytes.trim_ascii().to_vec())
        }
        _ => Err(format!("invalid header value {value:?}")),
    }
}

/// Whether it is a forbidden request-header of the Fetch standard, which browsers drop silently.
fn is_forbidden(name: &str, value: &[u8]) -> bool {
    match name {
        "x-http-method" | "x-http-method-override" | "x-method-override" => {
            let is_forbidden = |method: &[u8]| matches!(method, b"connect" | b"trace" | b"track");
            value
                .split(|&byte| byte == b',')
                .any(|method| is_forbidden(&method.trim_ascii().to_ascii_lowercase()))
        }
        _ => forbidden_headers::is_forbidden(name.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_as_open_takes_them() {
        assert_eq!(method("").unwrap(), "GET");
        assert_eq!(method("pOst").unwrap(), "POST");
        assert_eq!(method("patch").unwrap(), "patch");
        for invalid in ["TRACE", "connect", "a b", "ä"] {
            assert!(method(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn values_are_byte_strings() {
        assert_eq!(header_value(" \t\u{e4} ").unwrap(), [0xe4]);
        for invalid in ["a\r\nb", "€"] {
            assert!(header_value(invalid).is_err(), "{invalid:?}");
        }
    }

    #[test]
    fn headers_that_a_browser_drops() {
        assert!(is_forbidden("host", b"x"));
        assert!(is_forbidden("sec-fetch-mode", b"x"));
        assert!(is_forbidden("x-http-method-override", b"get, Trace"));
        assert!(!is_forbidden("x-http-method-override", b"patch"));
        assert!(!is_forbidden("authorization", b"x"));
    }
}

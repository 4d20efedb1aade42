//! What a transfer is to do: a request that `open` and `setRequestHeader` have accepted.

use std::time::Duration;

use hyper::body::Bytes;
use reqwest::Method;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, RANGE,
};

use super::fetch::Attributes;
use super::synchronous;
use crate::sys::backend::live::coding;
use crate::sys::backend::live::cookies::Credentials;
use crate::sys::backend::settings::{self, Base};
use crate::sys::backend::target::{self, Target};

pub(crate) struct Order {
    pub(crate) target: Target,
    pub(crate) wire: Wire,
    pub(crate) timeout: Option<Duration>,
    pub(crate) want: Want,
    pub(crate) is_synchronous: bool,
}

/// What of the body is wanted.
#[derive(Clone, Copy)]
pub(crate) enum Want {
    Nothing,
    Body,
    Chunks,
}

/// What goes over the wire.
pub(crate) struct Wire {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    /// Of a request that has no `Authorization`.
    pub(crate) auth: Option<(String, String)>,
    pub(crate) credentials: Credentials,
}

impl Order {
    /// # Errors
    /// What upstream, or rather the browser, throws, and does not catch.
    pub(crate) fn new(
        url: &str,
        attributes: &Attributes,
        body: Option<Vec<u8>>,
    ) -> Result<Self, String> {
        let base = settings::base();
        let method = method(&attributes.method)?;
        let mut target = target::resolve(url, base.as_ref())
            .map_err(|reason| format!("invalid URL {url:?}: {reason}"))?;
        let body = body.filter(|_| method != Method::GET && method != Method::HEAD);
        let mut headers = HeaderMap::new();
        for (name, value) in &attributes.headers {
            let name = header_name(name)?;
            let value = header_value(value)?;
            if is_forbidden(&name, &value) {
                continue;
            }
            // Upstream's `FetchXHR` replaces what is there.
            let first = headers.get(&name).filter(|_| !attributes.streams());
            match HeaderValue::from_bytes(&combined(first, &value)) {
                Ok(value) => _ = headers.insert(name, value),
                // A control character, which the browser would let pass and HTTP does not.
                Err(_) => target = Target::Nowhere("a header's value has a control character"),
            }
        }
        if body.is_none() && (method == Method::POST || method == Method::PUT) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        // The Fetch standard: a part of a coded body could not be decoded.
        let accepted = if headers.contains_key(RANGE) { "identity" } else { coding::ACCEPTED };
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        let credentials = match &base {
            _ if attributes.with_credentials => Credentials::Include,
            Some(Base::Site(site)) => Credentials::SameOrigin(site.clone()),
            _ => Credentials::Omit,
        };
        let auth = attributes.auth().filter(|_| !headers.contains_key(AUTHORIZATION));
        Ok(Self {
            target,
            wire: Wire { method, headers, body: body.map(Bytes::from), auth, credentials },
            timeout: (attributes.timeout_ms > 0 && !synchronous::ignores_timeout(attributes))
                .then(|| Duration::from_millis(attributes.timeout_ms.into())),
            want: match attributes {
                _ if attributes.streams() => Want::Chunks,
                _ if attributes.loads_to_memory() || attributes.persists() => Want::Body,
                _ => Want::Nothing,
            },
            is_synchronous: attributes.is_synchronous(),
        })
    }
}

/// Only these six are written in upper case whatever the program writes.
fn method(method: &str) -> Result<Method, String> {
    let invalid = || format!("invalid method {method:?}");
    let upper = method.to_ascii_uppercase();
    match upper.as_str() {
        "" => Ok(Method::GET),
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => {
            upper.parse().map_err(|_| invalid())
        }
        "CONNECT" | "TRACE" | "TRACK" => Err(invalid()),
        _ => method.parse().map_err(|_| invalid()),
    }
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    name.parse().map_err(|_| format!("invalid header name {name:?}"))
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

/// `setRequestHeader` adds to what is there.
fn combined(first: Option<&HeaderValue>, second: &[u8]) -> Vec<u8> {
    first.map_or_else(|| second.to_vec(), |first| [first.as_bytes(), second].join(&b", "[..]))
}

/// The Fetch standard's forbidden request-headers, which a browser drops without a word.
fn is_forbidden(name: &HeaderName, value: &[u8]) -> bool {
    let name = name.as_str();
    match name {
        "accept-charset"
        | "accept-encoding"
        | "access-control-request-headers"
        | "access-control-request-method"
        | "access-control-request-private-network"
        | "connection"
        | "content-length"
        | "cookie"
        | "cookie2"
        | "date"
        | "dnt"
        | "expect"
        | "host"
        | "keep-alive"
        | "origin"
        | "referer"
        | "set-cookie"
        | "te"
        | "trailer"
        | "transfer-encoding"
        | "upgrade"
        | "via" => true,
        "x-http-method" | "x-http-method-override" | "x-method-override" => {
            let is_forbidden = |method: &[u8]| matches!(method, b"connect" | b"trace" | b"track");
            value
                .split(|&byte| byte == b',')
                .any(|method| is_forbidden(&method.trim_ascii().to_ascii_lowercase()))
        }
        _ => name.starts_with("proxy-") || name.starts_with("sec-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_as_open_takes_them() {
        assert_eq!(method("").unwrap(), Method::GET);
        assert_eq!(method("pOst").unwrap(), Method::POST);
        assert_eq!(method("patch").unwrap().as_str(), "patch");
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
    fn what_a_browser_drops() {
        let forbidden = |name: &str, value: &[u8]| is_forbidden(&name.parse().unwrap(), value);
        assert!(forbidden("Host", b"x"));
        assert!(forbidden("Sec-Fetch-Mode", b"x"));
        assert!(forbidden("X-HTTP-Method-Override", b"get, Trace"));
        assert!(!forbidden("X-HTTP-Method-Override", b"patch"));
        assert!(!forbidden("Authorization", b"x"));
    }
}

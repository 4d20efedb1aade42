//! The checks of methods, headers and keys.

use super::bytes::{is_any_of, position, starts_with, token_length};
use super::invalid::{CheckResult, Invalid};
use crate::sys::forbidden_headers;

pub(super) const NUL: &str = "it contains NUL, which would end the string in C";
const EMPTY: Invalid = Invalid::new("it is empty");

/// Checks an HTTP method ([RFC 9110 §9.1]): `XMLHttpRequest.open` accepts it, and it fits into
/// `requestMethod`.
///
/// [RFC 9110 §9.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.1
pub(crate) const fn method(text: &str) -> CheckResult {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err(EMPTY);
    }
    if bytes.len() >= crate::sys::REQUEST_METHOD_SIZE {
        return Err(Invalid::new("Emscripten limits it to 31 bytes"));
    }
    let length = token_length(bytes);
    if length < bytes.len() {
        return Err(Invalid::at(
            length,
            "a method is an HTTP token: letters, digits and !#$%&'*+-.^_`|~",
        ));
    }
    if is_any_of(bytes, &["CONNECT", "TRACE", "TRACK"]) {
        return Err(Invalid::new("browsers forbid CONNECT, TRACE and TRACK"));
    }
    if starts_with(bytes, "EM_IDB_") {
        return Err(Invalid::new(
            "EM_IDB_ methods act on the cache: use Request::idb_store or Request::idb_delete",
        ));
    }
    Ok(())
}

/// Checks a header's name: a token, and not a [forbidden request-header].
///
/// [forbidden request-header]: https://fetch.spec.whatwg.org/#forbidden-request-header
pub(crate) const fn header_name(text: &str) -> CheckResult {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err(EMPTY);
    }
    let length = token_length(bytes);
    if length < bytes.len() {
        return Err(Invalid::at(
            length,
            "a header name is an HTTP token: letters, digits and !#$%&'*+-.^_`|~",
        ));
    }
    if forbidden_headers::is_forbidden(bytes) {
        return Err(Invalid::new(
            "only the browser may set this forbidden request-header: remove it",
        ));
    }
    Ok(())
}

/// Checks a header's value: no control characters except the tab, and no characters above U+00FF,
/// at which JS would throw.
pub(crate) const fn header_value(text: &str) -> CheckResult {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let reason = match bytes[i] {
            0 => NUL,
            b'\r' | b'\n' => "it contains a line break, which would begin another header",
            ..0x20 | 0x7f if bytes[i] != b'\t' => "it contains a control character",
            // In UTF-8, characters from U+0100 on begin with a byte from 0xC4 on.
            0xc4.. => {
                "header values cannot contain characters above U+00FF: \
                 percent-encode them, or use the body"
            }
            _ => {
                i += 1;
                continue;
            }
        };
        return Err(Invalid::at(i, reason));
    }
    Ok(())
}

/// Checks a key of the cache.
pub(crate) const fn key(text: &str) -> CheckResult {
    if text.is_empty() {
        return Err(EMPTY);
    }
    no_nul(text)
}

/// Checks a user name or password.
pub(crate) const fn no_nul(text: &str) -> CheckResult {
    let at = position(text.as_bytes(), 0);
    if at < text.len() { Err(Invalid::at(at, NUL)) } else { Ok(()) }
}

/// Checks a MIME type: `type/subtype`, with or without parameters.
pub(crate) const fn mime_type(text: &str) -> CheckResult {
    const FORM: &str = "a MIME type has the form type/subtype, as in text/plain; charset=utf-8";
    let bytes = text.as_bytes();
    if let Err(invalid) = header_value(text) {
        return Err(invalid);
    }
    let (essence, _) = bytes.split_at(position(bytes, b';'));
    let essence = essence.trim_ascii_end();
    let (type_, subtype) = essence.split_at(position(essence, b'/'));
    let length = token_length(type_);
    if length < type_.len() {
        return Err(Invalid::at(length, FORM));
    }
    if type_.is_empty() || subtype.len() < 2 {
        return Err(Invalid::new(FORM));
    }
    let subtype = subtype.split_at(1).1;
    let length = token_length(subtype);
    if length < subtype.len() {
        return Err(Invalid::at(type_.len() + 1 + length, FORM));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn accepts(check: fn(&str) -> CheckResult, texts: &[&str]) {
        for text in texts {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
    }

    #[track_caller]
    fn rejects(check: fn(&str) -> CheckResult, texts: &[&str]) {
        for text in texts {
            assert!(check(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn methods() {
        accepts(method, &["GET", "get", "PROPFIND", "M-SEARCH", "abcdefghijklmnopqrstuvwxyz01234"]);
        rejects(method, &["", "A B", "GET\r", "GE\0T", "abcdefghijklmnopqrstuvwxyz012345", "É"]);
        rejects(method, &["CONNECT", "trace", "Track", "EM_IDB_STORE", "em_idb_delete"]);
    }

    #[test]
    fn header_names() {
        accepts(header_name, &["Content-Type", "x", "X-Y_Z", "secret", "User-Agent", "hostess"]);
        rejects(header_name, &["", "a b", "a:", "a\r\nb", "ü", "a\0"]);
        rejects(header_name, &["Host", "content-LENGTH", "Sec-Fetch-Mode", "proxy-x", "Cookie"]);
    }

    #[test]
    fn header_values() {
        accepts(header_value, &["", "a b", "a\tb", "ÿ", "é"]);
        for (text, reason) in [("\0", NUL), ("\n", "a line break"), ("\u{1b}", "a control")] {
            assert!(header_value(text).unwrap_err().reason.contains(reason), "{text:?}");
        }
        rejects(header_value, &["a\r\nX: y", "a\nb", "a\0", "\u{100}", "€", "\u{7f}", "\u{1b}"]);
    }

    #[test]
    fn mime_types() {
        accepts(mime_type, &["text/plain", "text/plain; charset=x-user-defined", "image/svg+xml"]);
        rejects(
            mime_type,
            &["", "text", "text/", "/plain", "te xt/plain", "text/pl ain", "a/b;\r\n"],
        );
    }
}

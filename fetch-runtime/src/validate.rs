//! What may reach C and JS: each check is a `const fn`, for literals at compile time and for values
//! at run time.

mod offence;
mod template;
mod url;

pub(crate) use offence::{Rule, offence};
pub(crate) use template::template;
pub(crate) use url::url;

/// Why a string is refused, and what to do instead.
pub(crate) type Check = Result<(), &'static str>;

/// The checks of strings that are known only at run time.
pub(crate) struct Checks {
    pub url: fn(&str) -> Check,
    pub key: fn(&str) -> Check,
    pub header_name: fn(&str) -> Check,
    pub header_value: fn(&str) -> Check,
    pub mime_type: fn(&str) -> Check,
    pub no_nul: fn(&str) -> Check,
}

pub(crate) const CHECKS: Checks = Checks { url, key, header_name, header_value, mime_type, no_nul };

const NUL: &str = "it contains NUL, which would end the string in C";

/// An HTTP method ([RFC 9110 §9.1]) that `XMLHttpRequest.open` accepts and that fits
/// `requestMethod`.
///
/// [RFC 9110 §9.1]: https://www.rfc-editor.org/rfc/rfc9110#section-9.1
pub(crate) const fn method(text: &str) -> Check {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err("it is empty");
    }
    if bytes.len() >= crate::sys::REQUEST_METHOD_SIZE {
        return Err("it is longer than the 31 bytes that Emscripten has room for");
    }
    if !is_token(bytes) {
        return Err("a method is an HTTP token: letters, digits and !#$%&'*+-.^_`|~");
    }
    if is_any_of(bytes, &["CONNECT", "TRACE", "TRACK"]) {
        return Err("browsers forbid CONNECT, TRACE and TRACK");
    }
    if starts_with(bytes, "EM_IDB_") {
        return Err(
            "EM_IDB_ methods act on the cache: use Request::idb_store or Request::idb_delete",
        );
    }
    Ok(())
}

/// A header's name: a token, and not one that only the browser may set.
pub(crate) const fn header_name(text: &str) -> Check {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err("it is empty");
    }
    if !is_token(bytes) {
        return Err("a header name is an HTTP token: letters, digits and !#$%&'*+-.^_`|~");
    }
    if is_any_of(bytes, FORBIDDEN_HEADERS)
        || starts_with(bytes, "proxy-")
        || starts_with(bytes, "sec-")
    {
        return Err(
            "it is a forbidden request-header of the Fetch standard: only the browser sets it, so leave it out",
        );
    }
    Ok(())
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
const FORBIDDEN_HEADERS: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// A header's value: no control characters but the tab, nothing over U+00FF (JS would throw).
pub(crate) const fn header_value(text: &str) -> Check {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if let Err(reason) = header_value_byte(bytes[i]) {
            return Err(reason);
        }
        i += 1;
    }
    Ok(())
}

const fn header_value_byte(byte: u8) -> Check {
    match byte {
        0 => Err(NUL),
        b'\r' | b'\n' => Err("it contains a line break, which would begin another header"),
        b'\t' => Ok(()),
        ..0x20 | 0x7f => Err("it contains a control character"),
        // In UTF-8, U+0100 and all above it begin with 0xC4 or more.
        0xc4.. => Err("a header value ends at U+00FF: percent-encode it, or send it in the body"),
        _ => Ok(()),
    }
}

/// A key of the cache.
pub(crate) const fn key(text: &str) -> Check {
    if text.is_empty() {
        return Err("it is empty");
    }
    no_nul(text)
}

/// A user name or password.
pub(crate) const fn no_nul(text: &str) -> Check {
    if position(text.as_bytes(), 0) < text.len() {
        return Err(NUL);
    }
    Ok(())
}

/// A MIME type: `type/subtype`, with or without parameters.
pub(crate) const fn mime_type(text: &str) -> Check {
    let bytes = text.as_bytes();
    if let Err(reason) = header_value(text) {
        return Err(reason);
    }
    let (essence, _) = bytes.split_at(position(bytes, b';'));
    let (type_, subtype) = essence.split_at(position(essence, b'/'));
    if subtype.len() < 2 || !is_token(type_) || !is_token(subtype.split_at(1).1.trim_ascii_end()) {
        return Err("a MIME type has the form type/subtype, as in text/plain; charset=utf-8");
    }
    Ok(())
}

/// [RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)
pub(crate) const fn is_token(bytes: &[u8]) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if !is_token_byte(bytes[i]) {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

const fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\''
        | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

/// Whether `text` is one of `names`, whatever the case.
pub(crate) const fn is_any_of(text: &[u8], names: &[&str]) -> bool {
    let mut i = 0;
    while i < names.len() {
        if text.len() == names[i].len() && starts_with(text, names[i]) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `text` begins with `prefix`, whatever the case.
const fn starts_with(text: &[u8], prefix: &str) -> bool {
    let prefix = prefix.as_bytes();
    let mut i = 0;
    while i < prefix.len() && i < text.len() && text[i].eq_ignore_ascii_case(&prefix[i]) {
        i += 1;
    }
    i == prefix.len()
}

/// Where `byte` is first, or the length.
const fn position(bytes: &[u8], byte: u8) -> usize {
    let mut i = 0;
    while i < bytes.len() && bytes[i] != byte {
        i += 1;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn accepts(check: fn(&str) -> Check, texts: &[&str]) {
        for text in texts {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
    }

    #[track_caller]
    fn refuses(check: fn(&str) -> Check, texts: &[&str]) {
        for text in texts {
            assert!(check(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn methods() {
        accepts(method, &["GET", "get", "PROPFIND", "M-SEARCH", "abcdefghijklmnopqrstuvwxyz01234"]);
        refuses(method, &["", "A B", "GET\r", "GE\0T", "abcdefghijklmnopqrstuvwxyz012345", "É"]);
        refuses(method, &["CONNECT", "trace", "Track", "EM_IDB_STORE", "em_idb_delete"]);
    }

    #[test]
    fn header_names() {
        accepts(header_name, &["Content-Type", "x", "X-Y_Z", "secret", "User-Agent", "hostess"]);
        refuses(header_name, &["", "a b", "a:", "a\r\nb", "ü", "a\0"]);
        refuses(header_name, &["Host", "content-LENGTH", "Sec-Fetch-Mode", "proxy-x", "Cookie"]);
    }

    #[test]
    fn header_values() {
        accepts(header_value, &["", "a b", "a\tb", "ÿ", "é"]);
        refuses(header_value, &["a\r\nX: y", "a\nb", "a\0", "\u{100}", "€", "\u{7f}", "\u{1b}"]);
    }

    #[test]
    fn mime_types() {
        accepts(mime_type, &["text/plain", "text/plain; charset=x-user-defined", "image/svg+xml"]);
        refuses(
            mime_type,
            &["", "text", "text/", "/plain", "te xt/plain", "text/pl ain", "a/b;\r\n"],
        );
    }
}

//! What may reach C and JS: each check is a `const fn`, for literals at compile time and for values at run time.

/// Why a string is refused, and what to do instead.
pub(crate) type Check = Result<(), &'static str>;

const NUL: &str = "it contains NUL, which would end the string in C";

/// An HTTP method ([RFC 9110 §9.1]) that `XMLHttpRequest.open` accepts and that fits `requestMethod`.
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
        return Err("EM_IDB_ methods act on the cache: use Request::idb_store or Request::idb_delete");
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
    if is_any_of(bytes, FORBIDDEN_HEADERS) || starts_with(bytes, "proxy-") || starts_with(bytes, "sec-") {
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
        match bytes[i] {
            0 => return Err(NUL),
            b'\r' | b'\n' => return Err("it contains a line break, which would begin another header"),
            b'\t' => {}
            ..0x20 | 0x7f => return Err("it contains a control character"),
            // In UTF-8, U+0100 and all above it begin with 0xC4 or more.
            0xc4.. => return Err("a header value ends at U+00FF: percent-encode it, or send it in the body"),
            _ => {}
        }
        i += 1;
    }
    Ok(())
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

/// A URL that `XMLHttpRequest.open` accepts, relative or absolute. Stricter than the URL standard
/// where that would silently change what was written.
pub(crate) const fn url(text: &str) -> Check {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Err("it is empty");
    }
    if bytes[0] == b' ' || bytes[bytes.len() - 1] == b' ' {
        return Err("it begins or ends with a space");
    }
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            0 => return Err(NUL),
            ..0x20 | 0x7f => {
                return Err("it contains a control character, which URL parsers remove: percent-encode it");
            }
            b'\\' => return Err("it contains a backslash, which URL parsers read as a slash: use / or %5C"),
            _ => {}
        }
        i += 1;
    }
    let scheme = scheme_length(bytes);
    let (_, rest) = bytes.split_at(scheme);
    let (scheme, _) = bytes.split_at(scheme.saturating_sub(1));
    let has_authority = starts_with(rest, "//");
    let is_special = is_any_of(scheme, &["http", "https", "ws", "wss", "ftp"]);
    if is_special && !has_authority {
        return Err("the scheme must be followed by // and a host");
    }
    if !has_authority {
        return Ok(());
    }
    let host_may_be_empty = !scheme.is_empty() && !is_special;
    authority(rest.split_at(2).1, host_may_be_empty)
}

/// The length of `scheme:`, 0 for a relative URL.
const fn scheme_length(bytes: &[u8]) -> usize {
    if !bytes[0].is_ascii_alphabetic() {
        return 0;
    }
    let mut i = 1;
    while i < bytes.len() {
        match bytes[i] {
            b':' => return i + 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.' => i += 1,
            _ => return 0,
        }
    }
    0
}

/// `host[:port]`, and what follows it.
const fn authority(rest: &[u8], host_may_be_empty: bool) -> Check {
    let mut end = 0;
    while end < rest.len() && !matches!(rest[end], b'/' | b'?' | b'#') {
        end += 1;
    }
    let (authority, _) = rest.split_at(end);
    if position(authority, b'@') < authority.len() {
        return Err("browsers block a user name or password in a URL: use `auth`");
    }
    let host_length = if !authority.is_empty() && authority[0] == b'[' {
        let close = position(authority, b']');
        if close == authority.len() || !is_ipv6(authority.split_at(close).0.split_at(1).1) {
            return Err("the host is not an IPv6 address");
        }
        close + 1
    } else {
        position(authority, b':')
    };
    let (host, port) = authority.split_at(host_length);
    if host.is_empty() && !(host_may_be_empty && port.is_empty()) {
        return Err("the host is missing");
    }
    if !host.is_empty() && host[0] != b'[' {
        if let Err(reason) = host_name(host) {
            return Err(reason);
        }
    }
    if !is_port(port) {
        return Err("the port is not a number from 0 to 65535");
    }
    Ok(())
}

/// A domain or an IPv4 address. Only what every URL parser leaves as it is.
const fn host_name(host: &[u8]) -> Check {
    let mut last_label = 0;
    let mut i = 0;
    while i < host.len() {
        match host[i] {
            b'.' if i + 1 < host.len() => last_label = i + 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {}
            0x80.. => return Err("the host is not ASCII: write it in punycode, as xn--…"),
            _ => return Err("the host contains a character that no host may have"),
        }
        i += 1;
    }
    // The URL standard: a host whose last label is a number is an IPv4 address or an error.
    let (_, last) = host.split_at(last_label);
    if last[0].is_ascii_digit() && !is_ipv4(host) && is_number(last) {
        return Err("the host ends in a number, but is not an IPv4 address");
    }
    Ok(())
}

/// Digits, or `0x` and hexadecimal digits; with or without the root's dot.
const fn is_number(label: &[u8]) -> bool {
    let hexadecimal = starts_with(label, "0x");
    let mut i = if hexadecimal { 2 } else { 0 };
    while i < label.len() {
        let is_digit = if hexadecimal { label[i].is_ascii_hexdigit() } else { label[i].is_ascii_digit() };
        let is_root = label[i] == b'.' && i + 1 == label.len();
        if !is_digit && !is_root {
            return false;
        }
        i += 1;
    }
    true
}

/// Four decimal numbers up to 255.
const fn is_ipv4(text: &[u8]) -> bool {
    let (mut parts, mut value, mut digits, mut i) = (1, 0, 0, 0);
    while i < text.len() {
        match text[i] {
            b'.' if digits > 0 => (parts, value, digits) = (parts + 1, 0, 0),
            b'0'..=b'9' if !(digits > 0 && value == 0) => {
                (value, digits) = (value * 10 + (text[i] - b'0') as u32, digits + 1);
                if value > 255 {
                    return false;
                }
            }
            _ => return false,
        }
        i += 1;
    }
    parts == 4 && digits > 0
}

/// Eight groups of one to four hexadecimal digits, `::` for a run of zero groups, the last two also as an IPv4 address.
const fn is_ipv6(text: &[u8]) -> bool {
    let (mut groups, mut compressed, mut i) = (0, false, 0);
    if starts_with(text, "::") {
        (compressed, i) = (true, 2);
    }
    while i < text.len() {
        let start = i;
        while i < text.len() && text[i].is_ascii_hexdigit() {
            i += 1;
        }
        if i < text.len() && text[i] == b'.' {
            groups += 2;
            return is_ipv4(text.split_at(start).1) && (groups == 8 || (compressed && groups < 8));
        }
        if i == start || i - start > 4 {
            return false;
        }
        groups += 1;
        if i < text.len() {
            if text[i] != b':' {
                return false;
            }
            i += 1;
            if i < text.len() && text[i] == b':' {
                if compressed {
                    return false;
                }
                (compressed, i) = (true, i + 1);
            } else if i == text.len() {
                return false;
            }
        }
    }
    groups == 8 || (compressed && groups < 8)
}

/// Nothing, or `:` and a number.
const fn is_port(text: &[u8]) -> bool {
    let (mut value, mut i) = (0u32, 1);
    while i < text.len() {
        if !text[i].is_ascii_digit() {
            return false;
        }
        value = value * 10 + (text[i] - b'0') as u32;
        if value > 65535 {
            return false;
        }
        i += 1;
    }
    text.is_empty() || text[0] == b':'
}

/// [RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)
const fn is_token(bytes: &[u8]) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if !matches!(bytes[i], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\''
            | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
        {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
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
        refuses(mime_type, &["", "text", "text/", "/plain", "te xt/plain", "text/pl ain", "a/b;\r\n"]);
    }

    #[test]
    fn urls_that_open_accepts() {
        accepts(
            url,
            &[
                "a",
                "/a b",
                "../a",
                "?q",
                "#f",
                "//example.com/a",
                "a/b:c",
                "./a:b",
                "%zz",
                "/ü?ü#ü",
                "http://example.com",
                "https://EXAMPLE.com:443/a?b#c",
                "http://a_b-c.d./",
                "http://127.0.0.1:8080/",
                "http://[::1]/",
                "http://[1:2:3:4:5:6:7:8]:1",
                "http://[::ffff:1.2.3.4]",
                "http://[1::]",
                "http://a:/",
                "http://1.example",
                "http://1e2",
                "data:text/plain,hi",
                "blob:null/1",
                "file:///a/b",
                "about:blank",
            ],
        );
    }

    #[test]
    fn urls_that_open_refuses_or_parsers_change() {
        refuses(
            url,
            &[
                "",
                " a",
                "a ",
                "a\nb",
                "a\tb",
                "a\0b",
                "a\\b",
                "http:",
                "http:a",
                "http:/a",
                "http://",
                "http:///a",
                "http://a b/",
                "http://exa<mple",
                "http://ü.example",
                "http://%41/",
                "http://a:b/",
                "http://a:65536/",
                "http://user@example.com/",
                "http://user:secret@example.com/",
                "//",
                "///a",
                "http://:80/",
                "http://1.2.3",
                "http://256.1.1.1",
                "http://1.2.3.4.5",
                "http://0x7f",
                "http://a.1",
                "http://01.2.3.4",
                "http://[",
                "http://[]",
                "http://[::1",
                "http://[1:2]",
                "http://[1::2::3]",
                "http://[:1]",
                "http://[::12345]",
                "http://[1:2:3:4:5:6:7:8:9]",
                "http://[1:2:3:4:5:6:7:]",
                "http://[::1.2.3]",
                "http://[::1]x/",
                "http://[fe80::1%25eth0]/",
                "http://1.2.3.4.",
            ],
        );
    }
}

//! The check of URLs.

use super::bytes::{is_any_of, position, starts_with};
use super::field::NUL;
use super::invalid::{CheckResult, Invalid};

/// Checks a URL, relative or absolute, that `XMLHttpRequest.open` accepts. It also rejects text
/// that parsers of the URL standard would silently change.
pub(crate) const fn url(text: &str) -> CheckResult {
    let bytes = text.as_bytes();
    if let Err(invalid) = check_first_and_last_byte(bytes) {
        return Err(invalid);
    }
    let mut i = 0;
    while i < bytes.len() {
        if let Err(reason) = url_byte(bytes[i]) {
            return Err(Invalid::at(i, reason));
        }
        i += 1;
    }
    if let Err(reason) = scheme(bytes) {
        return Err(Invalid::new(reason));
    }
    let (scheme, rest) = split_scheme(bytes);
    if !starts_with(rest, "//") {
        return Ok(());
    }
    let host_may_be_empty = !scheme.is_empty() && !is_any_of(scheme, &["http", "https"]);
    let (start, end) = authority_range(bytes);
    match authority(bytes.split_at(end).0.split_at(start).1, host_may_be_empty) {
        Ok(()) => Ok(()),
        Err(invalid) => Err(invalid.within(start)),
    }
}

/// Splits the text into the scheme without its colon, and the rest. The text is not empty.
const fn split_scheme(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = scheme_length(bytes);
    (bytes.split_at(length.saturating_sub(1)).0, bytes.split_at(length).1)
}

/// Checks the scheme, if there is one. An unknown scheme may be a WebView's own, and no list of
/// those exists, so it is valid if `//` follows.
const fn scheme(bytes: &[u8]) -> Result<(), &'static str> {
    let (scheme, rest) = split_scheme(bytes);
    let has_authority = starts_with(rest, "//");
    if is_any_of(scheme, &["http", "https"]) {
        return if has_authority {
            Ok(())
        } else {
            Err("the scheme must be followed by // and a host")
        };
    }
    if scheme.is_empty() || is_any_of(scheme, &["data", "blob", "file", "filesystem"]) {
        return Ok(());
    }
    if is_any_of(scheme, &["ws", "wss"]) {
        return Err("a WebSocket cannot be fetched: use http: or https:");
    }
    if is_any_of(scheme, UNFETCHABLE) {
        return Err("this scheme cannot be fetched: use http:, https:, data:, blob: or file:");
    }
    if is_any_of(scheme, MISSPELT) {
        return Err("the scheme is misspelt: write http: or https:");
    }
    match scheme {
        _ if has_authority => Ok(()),
        [_] => Err("the drive letter reads as a scheme: write file:/// before it"),
        _ if begins_with_port(rest) => Err("the host reads as a scheme: \
             write http:// or https:// before it, or ./ before a relative path"),
        _ => Err("the text before the : reads as an unknown scheme: \
             write ./ before a relative path, http:// or https:// before a host"),
    }
}

/// Schemes without fetchable resources, and schemes that browsers no longer support.
const UNFETCHABLE: &[&str] = &[
    "about",
    "chrome",
    "ftp",
    "ftps",
    "javascript",
    "mailto",
    "sftp",
    "sms",
    "tel",
    "urn",
    "view-source",
];

/// `http` and `https` with an extra letter, a missing letter, or two swapped letters.
const MISSPELT: &[&str] = &[
    "hhtp", "hhtps", "hppt", "hppts", "hptt", "hptts", "htp", "htpp", "htpps", "htps", "htpt",
    "htpts", "htt", "httpp", "httpps", "httpss", "htts", "httsp", "htttp", "htttps", "thtp",
    "thtps", "ttp", "ttps",
];

/// Whether the text is a number, alone or before a path, a query or a fragment.
const fn begins_with_port(rest: &[u8]) -> bool {
    let mut i = 0;
    while i < rest.len() && rest[i].is_ascii_digit() {
        i += 1;
    }
    i > 0 && (i == rest.len() || matches!(rest[i], b'/' | b'?' | b'#'))
}

/// Checks that the text is not empty, and has no spaces around it, which URL parsers remove.
pub(super) const fn check_first_and_last_byte(bytes: &[u8]) -> CheckResult {
    const SPACE: &str = "it begins or ends with a space";
    match bytes {
        [] => Err(Invalid::new("it is empty")),
        [b' ', ..] => Err(Invalid::at(0, SPACE)),
        [.., b' '] => Err(Invalid::at(bytes.len() - 1, SPACE)),
        _ => Ok(()),
    }
}

/// Checks for the bytes that no part of a URL may contain.
pub(super) const fn url_byte(byte: u8) -> Result<(), &'static str> {
    match byte {
        0 => Err(NUL),
        ..0x20 | 0x7f => Err("it contains a control character: percent-encode it"),
        b'\\' => Err("it contains a backslash, which URL parsers read as a slash: use / or %5C"),
        _ => Ok(()),
    }
}

/// The length of `scheme:`, or 0 for a relative URL. The text is not empty.
pub(super) const fn scheme_length(bytes: &[u8]) -> usize {
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

/// The start and end of the authority. Without one, it is an empty range after the scheme. The text
/// is not empty.
pub(super) const fn authority_range(bytes: &[u8]) -> (usize, usize) {
    let scheme = scheme_length(bytes);
    if !starts_with(bytes.split_at(scheme).1, "//") {
        return (scheme, scheme);
    }
    let mut end = scheme + 2;
    while end < bytes.len() && !matches!(bytes[end], b'/' | b'?' | b'#') {
        end += 1;
    }
    (scheme + 2, end)
}

/// Checks an authority: `host[:port]`.
const fn authority(authority: &[u8], host_may_be_empty: bool) -> CheckResult {
    let at = position(authority, b'@');
    if at < authority.len() {
        return Err(Invalid::at(at, "browsers block a user name or password in a URL: use `auth`"));
    }
    let host_length = if !authority.is_empty() && authority[0] == b'[' {
        let close = position(authority, b']');
        if close == authority.len() || !is_ipv6(authority.split_at(close).0.split_at(1).1) {
            return Err(Invalid::new("the host is not an IPv6 address"));
        }
        close + 1
    } else {
        position(authority, b':')
    };
    let (host, port) = authority.split_at(host_length);
    if host.is_empty() && !(host_may_be_empty && port.is_empty()) {
        return Err(Invalid::new("the host is missing"));
    }
    if !host.is_empty() && host[0] != b'[' {
        if let Err(invalid) = host_name(host) {
            return Err(invalid);
        }
    }
    if !is_port(port) {
        return Err(Invalid::new("the port is not a number from 0 to 65535"));
    }
    Ok(())
}

/// Checks a domain or an IPv4 address. It accepts only hosts that no URL parser changes.
const fn host_name(host: &[u8]) -> CheckResult {
    let mut last_label = 0;
    let mut i = 0;
    while i < host.len() {
        match host[i] {
            b'.' if i + 1 < host.len() => last_label = i + 1,
            byte if is_host_byte(byte) => {}
            0x80.. => {
                return Err(Invalid::at(
                    i,
                    "the host is not ASCII: write it in punycode, as xn--…",
                ));
            }
            _ => {
                return Err(Invalid::at(i, "the host contains an invalid character"));
            }
        }
        i += 1;
    }
    // In the URL standard, a host whose last label is a number is an IPv4 address or an error.
    let (_, last) = host.split_at(last_label);
    if last[0].is_ascii_digit() && !is_ipv4(host) && is_number(last) {
        return Err(Invalid::new("the host ends in a number, but is not an IPv4 address"));
    }
    Ok(())
}

const fn is_host_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_')
}

/// Whether the label is a number, decimal or after `0x` hexadecimal. A final dot is allowed.
const fn is_number(label: &[u8]) -> bool {
    let hexadecimal = starts_with(label, "0x");
    let mut i = if hexadecimal { 2 } else { 0 };
    while i < label.len() {
        let is_digit =
            if hexadecimal { label[i].is_ascii_hexdigit() } else { label[i].is_ascii_digit() };
        let is_root = label[i] == b'.' && i + 1 == label.len();
        if !is_digit && !is_root {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether the text is four decimal numbers up to 255.
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

/// Whether the text is eight groups of one to four hexadecimal digits. `::` may replace a run of
/// zero groups, and an IPv4 address may replace the last two groups.
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
            return is_ipv4(text.split_at(start).1) && is_whole(groups, compressed);
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
    is_whole(groups, compressed)
}

/// Whether an IPv6 address has all of its groups. `::` replaces at least one.
const fn is_whole(groups: u32, compressed: bool) -> bool {
    if compressed { groups < 8 } else { groups == 8 }
}

/// Whether the text is empty, or `:` and a number up to 65535, which may be missing.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn accepts(texts: &[&str]) {
        for text in texts {
            assert_eq!(url(text), Ok(()), "{text:?}");
        }
    }

    #[track_caller]
    fn rejects(texts: &[&str]) {
        for text in texts {
            assert!(url(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn urls_that_open_accepts() {
        accepts(&[
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
            "http://0.0.0.0",
            "http://255.255.255.255",
            "http://[::1]/",
            "http://[::]",
            "http://[1:2:3:4:5:6:7:8]:1",
            "http://[1:2:3:4:5:6:7::]",
            "http://[2001:db8::ffff]",
            "http://[::ffff:1.2.3.4]",
            "http://[1:2:3:4:5:6:1.2.3.4]",
            "http://[1:2:3:4:5::1.2.3.4]",
            "http://[1::]",
            "http://a:/",
            "http://a:65535/",
            "http://./",
            "http://1.example",
            "http://1e",
            "http://1e2",
            "http://0xg",
            "data:text/plain,hi",
            "blob:null/1",
            "file:///a/b",
            "FILE:///a",
            "file:a",
            "filesystem:http://a/temporary/b",
            "app://bundle/a",
            "capacitor://localhost/a",
            "chrome-extension://abcdefgh/a",
            "content://media/1",
            "tauri://localhost",
            "app:///a",
        ]);
    }

    /// Each row has a text and a part of the reason.
    #[track_caller]
    fn rejects_because(rows: &[(&str, &str)]) {
        for (text, reason) in rows {
            assert!(
                url(text).is_err_and(|invalid| invalid.reason.contains(reason)),
                "{text:?}: {:?}",
                url(text)
            );
        }
    }

    #[test]
    fn invalid_characters() {
        rejects_because(&[
            ("a\0", NUL),
            ("a\u{1}", "a control character"),
            ("a\u{7f}", "a control character"),
            ("a\\", "a backslash"),
            ("http://bücher.example/", "in punycode"),
            ("http://a|b/", "an invalid character"),
            ("http://me@example.com/", "browsers block a user name"),
        ]);
    }

    #[test]
    fn invalid_schemes() {
        rejects_because(&[
            ("localhost:8080/data.bin", "the host reads as a scheme: write http://"),
            ("localhost:8080", "the host reads"),
            ("LOCALHOST:1?q", "the host reads"),
            ("example.com:443#f", "the host reads"),
            ("my-host.local:65536/", "the host reads"),
            ("level:1", "or ./ before a relative path"),
            ("level:one/a", "write ./ before a"),
            ("localhost:data.bin", "http:// or https:// before a host"),
            ("localhost:8080a/", "write ./ before a"),
            ("localhost:", "write ./ before a"),
            ("app:/a", "write ./ before a"),
            ("C:/data.bin", "the drive letter"),
            ("c:data.bin", "the drive letter"),
            ("ws://a/", "a WebSocket"),
            ("WSS://a/", "a WebSocket"),
            ("ftp://a/b", "cannot be fetched"),
            ("javascript:alert(1)", "cannot be fetched"),
            ("JavaScript://a/%0aalert(1)", "cannot be fetched"),
            ("mailto:a@b", "cannot be fetched"),
            ("about:blank", "cannot be fetched"),
            ("htpp://example.com/", "write http: or https:"),
            ("htps://example.com/", "write http: or https:"),
            ("ttp:a", "write http: or https:"),
        ]);
    }

    #[test]
    fn urls_that_open_rejects_or_parsers_change() {
        rejects(&[
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
            "https:///a",
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
            "http://1.2.3.",
            "http://1..2.3",
            "http://0x",
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
            "http://[:1:2:3:4:5:6:7]",
            "http://[1:2:3:4:5:6:7::8]",
            "http://[1:::2]",
            "http://[1:2:3:4:5:1.2.3.4]",
            "http://[1:2:3:4:5:6:7:1.2.3.4]",
            "http://[1:2:3:4:5:6::1.2.3.4]",
            "http://[::1.2.3]",
            "http://[::1]x/",
            "http://[fe80::1%25eth0]/",
            "http://1.2.3.4.",
        ]);
    }
}

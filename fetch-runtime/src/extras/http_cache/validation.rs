//! Validation, [RFC 9111 §4.3](https://www.rfc-editor.org/rfc/rfc9111#section-4.3): asks a server
//! whether a stored response is still good, and understands a 304.

use super::date;
use crate::Headers;

/// Fields that a 304 does not update: they describe the stored body.
const OF_THE_BODY: [&str; 6] = [
    "content-digest",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-range",
    "content-type",
];

/// Fields of the latest answer: without a `Date`, it is as new as its receipt.
const OF_THE_ANSWER: [&str; 2] = ["age", "date"];

/// Fields of one connection (§3.1). They are not stored, nor are those that `Connection` names.
const OF_THE_CONNECTION: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The value for `If-None-Match`, if the response has a valid `ETag`.
pub(super) fn etag(headers: &Headers) -> Option<&str> {
    let etag = headers.get("etag")?;
    let opaque = opaque_tag(etag).strip_prefix('"')?.strip_suffix('"')?;
    let is_valid = opaque.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    is_valid.then_some(etag)
}

/// The value for `If-Modified-Since`, if the response has a valid `Last-Modified`.
pub(super) fn last_modified(headers: &Headers) -> Option<&str> {
    headers.get("last-modified").filter(|text| text.is_ascii() && date::parse(text).is_some())
}

fn opaque_tag(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

/// Whether a 304 with these headers speaks of the stored response (§4.3.4).
pub(super) fn confirms(answer: &Headers, stored: &Headers) -> bool {
    match (answer.get("etag"), stored.get("etag")) {
        // Servers make tags weak where they code a body, and a 304 has none.
        (Some(answer), Some(stored)) => opaque_tag(answer) == opaque_tag(stored),
        _ => match (answer.get("last-modified"), stored.get("last-modified")) {
            (Some(answer), Some(stored)) => answer == stored,
            _ => true,
        },
    }
}

/// The fields of a response that are stored.
pub(super) fn storable(headers: &Headers) -> String {
    let mut lines = String::new();
    for (name, value) in headers {
        if !is_named_by_connection(headers, name) {
            push(&mut lines, name, value);
        }
    }
    lines
}

/// The stored fields, updated by those of a 304 (§3.2). The age is that of the 304 (§4.2.3).
pub(super) fn update(stored: &Headers, answer: &Headers) -> String {
    let mut lines = String::new();
    let is_of_the_body = |name: &str| is_any(name, &OF_THE_BODY);
    for (name, value) in stored {
        let is_kept = answer.get(name).is_none() && !is_any(name, &OF_THE_ANSWER);
        if is_of_the_body(name) || is_kept {
            push(&mut lines, name, value);
        }
    }
    for (name, value) in answer {
        if !is_of_the_body(name) && !is_named_by_connection(answer, name) {
            push(&mut lines, name, value);
        }
    }
    lines
}

fn is_named_by_connection(headers: &Headers, name: &str) -> bool {
    let mut named = headers.get("connection").unwrap_or_default().split(',').map(str::trim_ascii);
    named.any(|other| other.eq_ignore_ascii_case(name))
}

/// Adds a line, unless the field is of the connection.
pub(super) fn push(lines: &mut String, name: &str, value: &str) {
    if !is_any(name, &OF_THE_CONNECTION) {
        lines.extend([name, ": ", value, "\r\n"]);
    }
}

fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Allocation;

    fn headers(raw: &str) -> Headers {
        Headers::from_raw(Allocation::copy_of(raw.as_bytes()))
    }

    #[test]
    fn validators_have_a_form() {
        for (raw, expected) in [
            ("etag: \"a\"", Some("\"a\"")),
            ("etag: W/\"a!\"", Some("W/\"a!\"")),
            ("etag: \"\"", Some("\"\"")),
            ("etag: a", None),
            ("etag: \"", None),
            ("etag: w/\"a\"", None),
            ("etag: \"a\", \"b\"", None),
            ("etag: \"a b\"", None),
            ("etag: \"\u{e4}\"", None),
            ("x: y", None),
        ] {
            assert_eq!(etag(&headers(raw)), expected, "{raw}");
        }
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(last_modified(&headers(&format!("Last-Modified: {date}"))), Some(date));
        assert_eq!(last_modified(&headers("last-modified: long ago")), None);
    }

    #[test]
    fn a_304_speaks_of_the_response_that_has_its_validators() {
        const A: &str = "etag: \"a\"";
        const WEAK: &str = "etag: W/\"a\"";
        for (answer, stored, expected) in [
            ("", A, true),
            (A, A, true),
            ("etag: \"b\"", A, false),
            (A, WEAK, true),
            (WEAK, A, true),
            (WEAK, WEAK, true),
            ("etag: W/\"b\"", WEAK, false),
            (A, "", true),
            (WEAK, "", true),
            ("last-modified: 1", "last-modified: 1", true),
            ("last-modified: 1", "last-modified: 2", false),
            ("last-modified: 1", A, true),
            ("etag: \"a\"\r\nlast-modified: 1", "etag: \"a\"\r\nlast-modified: 2", true),
        ] {
            let confirmed = confirms(&headers(answer), &headers(stored));
            assert_eq!(confirmed, expected, "{answer} {stored}");
        }
    }

    #[test]
    fn a_304_updates_the_fields_that_are_not_of_the_body() {
        let stored = headers("date: 1\r\ncontent-type: text/css\r\nx-a: old\r\nx-b: kept\r\n");
        let answer = headers(
            "Date: 2\r\nContent-Type: text/html\r\nContent-Length: 0\r\nX-A: new\r\n\
             Connection: close, x-c\r\nX-C: of the connection\r\nContent-MD5: of nothing\r\n",
        );
        assert_eq!(
            update(&stored, &answer),
            "content-type: text/css\r\nx-b: kept\r\nDate: 2\r\nX-A: new\r\n"
        );
        assert_eq!(update(&headers("age: 50\r\nDate: 1\r\nx: y\r\n"), &headers("")), "x: y\r\n");
        assert_eq!(storable(&headers("Keep-Alive: 1\r\na: b\r\n")), "a: b\r\n");
        let named = "Connection: x-a , , Y\r\nX-A: 1\r\ny: 2\r\nx: 3\r\nconnection: z\r\n";
        assert_eq!(storable(&headers(named)), "x: 3\r\n");
    }
}

//! Finds the character that makes a literal invalid. It is asked at compile time only: at run time,
//! the reason alone is kept, and none of this is in the program.

use super::url::{authority_range, is_host_byte, scheme, url_byte};
use super::{header_value_byte, is_token_byte, position};

/// Which check has refused a text.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    Url,
    Key,
    HeaderName,
    HeaderValue,
    MimeType,
    Text,
}

/// Where the character is that the check has refused `text` for. None if it is not about one.
pub(crate) const fn offence(rule: Rule, text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = match rule {
        Rule::Key | Rule::Text => position(bytes, 0),
        Rule::HeaderName => not_a_token(bytes, 0, bytes.len()),
        Rule::HeaderValue => not_a_value(bytes),
        Rule::MimeType => match not_a_value(bytes) {
            at if at < bytes.len() => at,
            _ => not_in_essence(bytes),
        },
        Rule::Url => in_url(bytes),
    };
    if at < bytes.len() { Some(at) } else { None }
}

const fn not_a_value(bytes: &[u8]) -> usize {
    let mut i = 0;
    while i < bytes.len() && header_value_byte(bytes[i]).is_ok() {
        i += 1;
    }
    i
}

/// From `start`, before `end`; or `bytes.len()`.
const fn not_a_token(bytes: &[u8], start: usize, end: usize) -> usize {
    let mut i = start;
    while i < end && is_token_byte(bytes[i]) {
        i += 1;
    }
    if i < end { i } else { bytes.len() }
}

/// Of `type/subtype`, before the parameters and the spaces in front of them.
const fn not_in_essence(bytes: &[u8]) -> usize {
    let mut end = position(bytes, b';');
    while end > 0 && bytes[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    let slash = position(bytes, b'/');
    if slash >= end {
        return not_a_token(bytes, 0, end);
    }
    match not_a_token(bytes, 0, slash) {
        at if at < bytes.len() => at,
        _ => not_a_token(bytes, slash + 1, end),
    }
}

const fn in_url(bytes: &[u8]) -> usize {
    if bytes.is_empty() || bytes[0] == b' ' {
        return 0;
    }
    if bytes[bytes.len() - 1] == b' ' {
        return bytes.len() - 1;
    }
    let mut i = 0;
    while i < bytes.len() {
        // In a template, a NUL stands for a value.
        if bytes[i] != 0 && url_byte(bytes[i]).is_err() {
            return i;
        }
        i += 1;
    }
    if scheme(bytes).is_err() {
        return bytes.len();
    }
    let (start, end) = authority_range(bytes);
    i = start;
    while i < end {
        match bytes[i] {
            // What follows is a port or an IPv6 address, of which it is not a character that is
            // wrong.
            b':' | b'[' | 0 => return bytes.len(),
            byte if !is_host_byte(byte) => return i,
            _ => i += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate;

    #[test]
    fn the_character_that_the_check_means() {
        for (rule, text, at) in [
            (Rule::HeaderName, "X-Player", None),
            (Rule::HeaderName, "", None),
            (Rule::HeaderName, "Host", None),
            (Rule::HeaderName, "Accept Language", Some(6)),
            (Rule::HeaderName, "Größe", Some(2)),
            (Rule::HeaderValue, "7\r\nX-Admin: 1", Some(1)),
            (Rule::HeaderValue, "ÿ€", Some(2)),
            (Rule::MimeType, "text", None),
            (Rule::MimeType, "te xt/plain", Some(2)),
            (Rule::MimeType, "text/pl ain ; a", Some(7)),
            (Rule::MimeType, "text/a/b", Some(6)),
            (Rule::MimeType, "text/plain; a=\n", Some(14)),
            (Rule::MimeType, "text/plain ", None),
            (Rule::Key, "", None),
            (Rule::Key, "a\0", Some(1)),
            (Rule::Text, "a\0", Some(1)),
            (Rule::Url, "", None),
            (Rule::Url, " a", Some(0)),
            (Rule::Url, "a ", Some(1)),
            (Rule::Url, "/a\\b", Some(2)),
            (Rule::Url, "/a b\t", Some(4)),
            (Rule::Url, "http://exa mple.com/", Some(10)),
            (Rule::Url, "http://bücher.example/", Some(8)),
            (Rule::Url, "http://me@example.com/", Some(9)),
            (Rule::Url, "http://example.com:port/", None),
            (Rule::Url, "http://[::1", None),
            (Rule::Url, "http://256.1.1.1/é", None),
            (Rule::Url, "http:", None),
            (Rule::Url, "localhost:8080/a", None),
            (Rule::Url, "ftp://me@example.com/", None),
            (Rule::Url, "/\0/\\", Some(3)),
        ] {
            assert_eq!(offence(rule, text), at, "{text:?}");
        }
    }

    /// What is found is what a check minds: in place of it, a letter is none of its business.
    #[test]
    fn without_it_the_text_is_valid() {
        for (check, rule, texts) in [
            (
                validate::header_name as fn(&str) -> validate::Check,
                Rule::HeaderName,
                ["a b", "a:", "ab\u{7f}"],
            ),
            (validate::header_value, Rule::HeaderValue, ["a\nb", "a\0", "a\u{1b}"]),
            (validate::mime_type, Rule::MimeType, ["a b/c", "a/b c", "a/b/c"]),
            (validate::url, Rule::Url, ["a\\", "http://a<b/", "//a|b"]),
        ] {
            for text in texts {
                assert!(check(text).is_err(), "{text:?}");
                let at = offence(rule, text).unwrap();
                let mended = format!("{}x{}", &text[..at], &text[at + 1..]);
                assert_eq!(check(&mended), Ok(()), "{text:?}");
            }
        }
    }
}

//! `Vary`, [RFC 9111 §4.1](https://www.rfc-editor.org/rfc/rfc9111#section-4.1): whether a stored
//! response answers a request.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::request::RequestHeaders;
use crate::sys::forbidden_headers::{is_any_of, is_forbidden};

/// Headers that do not matter: bodies are stored decoded, and a cache belongs to one origin.
const IRRELEVANT: &[&str] = &["accept-encoding", "origin"];

/// Headers that the browser may send, with a value that no program knows and that can change.
const UNKNOWN: &[&str] = &["accept-language", "authorization", "user-agent"];

/// The names in a `Vary` field, without those that do not matter.
pub(super) fn names(vary: &str) -> impl Iterator<Item = &str> {
    let names = vary.split(',').map(str::trim_ascii);
    names.filter(|name| !name.is_empty() && !is_any_of(name.as_bytes(), IRRELEVANT))
}

/// The names of the headers that the program has set, in lower case and once each, without those
/// that are for caches.
pub(super) fn own_names(request: &RequestHeaders) -> impl Iterator<Item = String> {
    let names = request.names().map(str::to_ascii_lowercase);
    let mut names: Vec<_> = names.filter(|name| name != "cache-control").collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

/// The value that is stored for a header. A secret is not written down.
pub(super) fn stored_value(name: &str, value: Option<String>) -> Option<String> {
    let value = value?;
    if !name.eq_ignore_ascii_case("authorization") {
        return Some(value);
    }
    let mut hasher = DefaultHasher::new();
    value.trim_ascii().hash(&mut hasher);
    Some(format!("{:x}", hasher.finish()))
}

/// Whether a header with this name selects the same response for two requests, which have these
/// values for it.
pub(super) fn is_same(name: &str, stored: Option<&str>, now: Option<&str>) -> bool {
    match (stored, now) {
        (Some(stored), Some(now)) => stored.trim_ascii() == now.trim_ascii(),
        // "*" says that something beside the headers selects the response.
        (None, None) => {
            let name = name.as_bytes();
            name != b"*" && !is_any_of(name, UNKNOWN) && !is_forbidden(name)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_list() {
        let found: Vec<_> = names("Accept-Encoding, x-a,,Cookie , ORIGIN,*").collect();
        assert_eq!(found, ["x-a", "Cookie", "*"]);
        assert_eq!(names("").next(), None);
    }

    #[test]
    fn unknown_values_never_match() {
        for (name, stored, now, expected) in [
            ("x-a", None, None, true),
            ("x-a", Some("1"), Some("1 "), true),
            ("x-a", Some("1"), Some("2"), false),
            ("x-a", Some("1"), None, false),
            ("x-a", None, Some("1"), false),
            ("accept", None, None, true),
            ("accept", Some("text/css"), None, false),
            ("Accept-Language", None, None, false),
            ("accept-language", Some("en"), Some("en"), true),
            ("User-Agent", None, None, false),
            ("authorization", None, None, false),
            ("Cookie", None, None, false),
            ("referer", None, None, false),
            ("Sec-CH-UA", None, None, false),
            ("*", None, None, false),
        ] {
            assert_eq!(is_same(name, stored, now), expected, "{name} {stored:?} {now:?}");
        }
    }
}

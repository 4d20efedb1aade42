//! The characters that the checks report.

use super::*;

#[test]
fn the_reported_character_is_the_invalid_one() {
    for (check, text, at) in [
        (header_name as fn(&str) -> CheckResult, "X-Player", None),
        (header_name, "", None),
        (header_name, "Host", None),
        (header_name, "Accept Language", Some(6)),
        (header_name, "Größe", Some(2)),
        (header_value, "7\r\nX-Admin: 1", Some(1)),
        (header_value, "ÿ€", Some(2)),
        (mime_type, "text", None),
        (mime_type, "te xt/plain", Some(2)),
        (mime_type, "text/pl ain ; a", Some(7)),
        (mime_type, "text/a/b", Some(6)),
        (mime_type, "text/plain; a=\n", Some(14)),
        (mime_type, "text/plain ", None),
        (key, "", None),
        (key, "a\0", Some(1)),
        (no_nul, "a\0", Some(1)),
        (url, "", None),
        (url, " a", Some(0)),
        (url, "a ", Some(1)),
        (url, "/a\\b", Some(2)),
        (url, "/a b\t", Some(4)),
        (url, "http://exa mple.com/", Some(10)),
        (url, "http://bücher.example/", Some(8)),
        (url, "http://me@example.com/", Some(9)),
        (url, "http://example.com:port/", None),
        (url, "http://[::1", None),
        (url, "http://256.1.1.1/é", None),
        (url, "http:", None),
        (url, "localhost:8080/a", None),
        (url, "ftp://me@example.com/", None),
        (template, "/\0/\\", Some(3)),
    ] {
        let found = check(text).err().and_then(|invalid| invalid.at);
        assert_eq!(found, at, "{text:?}");
    }
}

/// The text is valid with a letter in place of the reported character.
#[test]
fn a_text_without_the_reported_character_is_valid() {
    for (check, texts) in [
        (header_name as fn(&str) -> CheckResult, ["a b", "a:", "ab\u{7f}"]),
        (header_value, ["a\nb", "a\0", "a\u{1b}"]),
        (method, ["a b", "a:", "GET\r"]),
        (mime_type, ["a b/c", "a/b c", "a/b/c"]),
        (url, ["a\\", "http://a<b/", "//a|b"]),
    ] {
        for text in texts {
            let at = check(text).unwrap_err().at.unwrap();
            let mended = format!("{}x{}", &text[..at], &text[at + 1..]);
            assert_eq!(check(&mended), Ok(()), "{text:?}");
        }
    }
}

//! The check of URLs with captured values.

use super::bytes::position;
use super::invalid::{CheckResult, Invalid};
use super::url::{authority_range, check_first_and_last_byte, scheme_length, url, url_byte};

/// Checks the text around the values as [`url()`] does. Each value is a NUL here. A value cannot be
/// captured where it could change the server that gets the request.
pub(crate) const fn template(text: &str) -> CheckResult {
    let bytes = text.as_bytes();
    if let Err(invalid) = check_first_and_last_byte(bytes) {
        return Err(invalid);
    }
    let mut i = 0;
    while i < bytes.len() {
        match url_byte(bytes[i]) {
            Err(reason) if bytes[i] != 0 => return Err(Invalid::at(i, reason)),
            _ => i += 1,
        }
    }
    let scheme = scheme_length(bytes);
    let (start, mut end) = authority_range(bytes);
    let has_authority = start > scheme;
    while end < bytes.len() && !matches!(bytes[end], b'/' | b'?' | b'#') {
        end += 1;
    }
    let (first, _) = bytes.split_at(end);
    let (head, captured) = first.split_at(position(first, 0));
    if has_authority && !captured.is_empty() {
        return Err(Invalid::new(
            "user, host and port cannot be captured: \
             write them literally, or build the URL with `format!`",
        ));
    }
    if scheme == 0 && position(captured, b':') < captured.len() {
        return Err(Invalid::new(
            "a scheme cannot be captured: \
             write `./` before the value, or build the URL with `format!`",
        ));
    }
    // The rest begins at the first slash or value. From there on, a URL accepts any characters.
    match core::str::from_utf8(head) {
        Ok(head) if scheme > 0 || has_authority => url(head),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_be_a_segment_a_parameter_or_a_fragment() {
        for text in [
            "\0",
            "\0/\0",
            "\0/a:b",
            "/\0",
            "./\0:a",
            "/\0:a",
            "?\0:a",
            "#\0",
            "a\0",
            "a?\0=\0&b=\0#\0",
            "http://a/\0",
            "http://a?\0",
            "https://example.com:443/a b/\0.png",
            "//a/\0",
            "data:text/plain,\0",
            "blob:\0",
            "app://a/\0",
            "/a //\0",
        ] {
            assert_eq!(template(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn a_value_cannot_be_part_of_the_scheme_or_authority() {
        for (text, about) in [
            ("\0://a/", "scheme"),
            ("\0:", "scheme"),
            ("a\0b:c/d", "scheme"),
            ("http://\0", "host"),
            ("http://\0/", "host"),
            ("http://a\0.com/\0", "host"),
            ("http://a:\0/", "port"),
            ("http://\0@a/", "user"),
            ("//\0/", "host"),
            ("file://\0/", "host"),
        ] {
            assert!(
                template(text).is_err_and(|invalid| invalid.reason.contains(about)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_text_around_the_values_is_checked() {
        for text in [
            "",
            "\0 ",
            " \0",
            "/\\\0",
            "/\0\t",
            "http:\0",
            "http:/\0",
            "a:\0",
            "localhost:8080/\0",
            "localhost:\0/a",
            "ftp://a/\0",
            "http://a b/\0",
            "http://a:b/\0",
            "//a:b/\0",
            "///\0",
        ] {
            assert!(template(text).is_err(), "{text:?} was accepted");
            assert!(url(&text.replace('\0', "x")).is_err(), "{text:?}");
        }
    }
}

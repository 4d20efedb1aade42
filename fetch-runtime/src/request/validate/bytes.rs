//! Searches in bytes, as `const fn`s.

pub(super) use crate::sys::forbidden_headers::{is_any_of, starts_with};

/// The position of the first `byte`, or the length if there is none.
pub(super) const fn position(bytes: &[u8], byte: u8) -> usize {
    let mut i = 0;
    while i < bytes.len() && bytes[i] != byte {
        i += 1;
    }
    i
}

/// The length of the token at the start ([RFC 9110 §5.6.2]). A token is not empty; the caller
/// checks that.
///
/// [RFC 9110 §5.6.2]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
pub(super) const fn token_length(bytes: &[u8]) -> usize {
    let mut i = 0;
    while i < bytes.len() && is_token_byte(bytes[i]) {
        i += 1;
    }
    i
}

const fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'!' | b'#' | b'$' | b'%' | b'&'
        | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~')
}

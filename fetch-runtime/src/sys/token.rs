//! Tokens, of HTTP ([RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)):
//! methods and header names.

/// Where the first byte is that a token cannot have, or the length. A token is not empty.
pub(crate) const fn token_length(bytes: &[u8]) -> usize {
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

//! Searches in bytes, as `const fn`s.

pub(super) use crate::sys::forbidden_headers::{is_any_of, starts_with};
pub(super) use crate::sys::token::token_length;

/// The position of the first `byte`, or the length if there is none.
pub(super) const fn position(bytes: &[u8], byte: u8) -> usize {
    let mut i = 0;
    while i < bytes.len() && bytes[i] != byte {
        i += 1;
    }
    i
}

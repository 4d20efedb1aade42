//! C strings: reading and writing them.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char};

/// # Safety
/// `text` is null or a live C string.
pub(crate) unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller guarantees a live string.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// # Safety
/// `strings` is null or an array of live C strings, of which null is the last.
pub(super) unsafe fn pairs(mut strings: *const *const c_char) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut next = || {
        if strings.is_null() {
            return None;
        }
        // SAFETY: the caller guarantees an array whose end has not been reached: `next` is not
        // called after it.
        let string = unsafe { *strings };
        // SAFETY: as above; the element is not the last, so the next one is in the array.
        strings = unsafe { strings.add(1) };
        // SAFETY: the caller guarantees live strings.
        unsafe { text(string) }
    };
    while let Some(name) = next() {
        match next() {
            Some(value) => pairs.push((name, value)),
            None => break,
        }
    }
    pairs
}

/// As much of `text` as fits into `len` bytes, without dividing a character.
pub(crate) fn cut(text: &str, len: usize) -> &str {
    let end = (0..=len.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

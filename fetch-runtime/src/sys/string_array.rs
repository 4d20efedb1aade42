//! An array of C strings, as C reads it.
#![allow(unsafe_code)]

use core::ffi::c_char;
use core::ptr;

/// Addresses of C strings, of which the last one is null. Or it is empty.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StringArray(Vec<*const c_char>);

// SAFETY: it has addresses only. The reader of a string there guarantees that it is live.
unsafe impl Send for StringArray {}

impl StringArray {
    pub(crate) const EMPTY: Self = Self(Vec::new());

    /// Adds two strings.
    pub(crate) fn push(&mut self, pair: [*const c_char; 2]) {
        self.0.pop();
        self.0.extend([pair[0], pair[1], ptr::null()]);
    }

    /// The array, or null. It is valid until the next change.
    pub(crate) fn as_ptr(&self) -> *const *const c_char {
        if self.0.is_empty() { ptr::null() } else { self.0.as_ptr() }
    }

    #[cfg(test)]
    pub(crate) fn as_slice(&self) -> &[*const c_char] {
        &self.0
    }
}

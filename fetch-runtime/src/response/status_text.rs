//! The reason phrase of a response.

use std::ffi::c_char;

use crate::sys::STATUS_TEXT_SIZE;

/// A reason phrase, of which upstream keeps at most 63 bytes.
#[derive(Clone, Copy)]
pub(crate) struct StatusText {
    len: u8,
    bytes: [u8; STATUS_TEXT_SIZE],
}

impl StatusText {
    pub(crate) const EMPTY: Self = Self { len: 0, bytes: [0; STATUS_TEXT_SIZE] };

    pub(crate) fn from_c(text: &[c_char; STATUS_TEXT_SIZE]) -> Self {
        let mut copy = Self::EMPTY;
        for (to, &from) in copy.bytes.iter_mut().zip(text).take_while(|(_, from)| **from != 0) {
            *to = from as u8;
            copy.len += 1;
        }
        copy
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn as_str(&self) -> &str {
        let bytes = &self.bytes[..usize::from(self.len)];
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // Upstream cut it inside a character: the text before that character.
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }
}

//! The reason phrase of a response.

use crate::sys::STATUS_TEXT_SIZE;

/// A reason phrase, of which upstream keeps at most 63 bytes.
#[derive(Clone, Copy)]
pub(crate) struct StatusText([u8; STATUS_TEXT_SIZE]);

impl StatusText {
    pub(crate) const EMPTY: Self = Self([0; STATUS_TEXT_SIZE]);

    /// The text ends at the first NUL.
    pub(crate) const fn new(text: [u8; STATUS_TEXT_SIZE]) -> Self {
        Self(text)
    }

    /// As much of a text as fits.
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = [0; STATUS_TEXT_SIZE];
        bytes[..STATUS_TEXT_SIZE - 1]
            .iter_mut()
            .zip(text.bytes())
            .for_each(|(to, from)| *to = from);
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0[0] == 0
    }

    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.0.split(|byte| *byte == 0).next().unwrap_or_default();
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // Upstream cut it inside a character: the text before that character.
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }
}

//! Decoders as state machines, which are given bytes and give bytes.

use std::io;

pub(super) trait Decode: Send {
    /// Decodes as much of `input` as fits into `output`.
    ///
    /// # Errors
    /// If the input is not coded like this, or goes on after the end.
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step>;

    /// Whether the coded data may end here.
    fn is_complete(&self) -> bool;
}

/// How many bytes were taken and given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
}

/// The error of input that goes on after the end.
pub(super) fn goes_on() -> io::Error {
    io::Error::other("there are bytes after the end of the coded body")
}

//! The decoder of Brotli (RFC 7932).

use std::io;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::step::{Decode, Step, goes_on};

pub(super) struct Brotli {
    // It has some kilobytes.
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    is_over: bool,
}

impl Brotli {
    pub(super) fn new() -> Self {
        let memory = StandardAlloc::default;
        let state = BrotliState::new_strict(memory(), memory(), memory());
        Self { state: Box::new(state), is_over: false }
    }
}

impl Decode for Brotli {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        if self.is_over {
            return if input.is_empty() { Ok(Step::default()) } else { Err(goes_on()) };
        }
        let mut step = Step::default();
        let result = BrotliDecompressStream(
            &mut input.len(),
            &mut step.read,
            input,
            &mut output.len(),
            &mut step.written,
            output,
            &mut 0,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => Err(io::Error::other("the data are not Brotli")),
            BrotliResult::ResultSuccess => {
                self.is_over = true;
                Ok(step)
            }
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Ok(step),
        }
    }

    fn is_complete(&self) -> bool {
        self.is_over
    }
}

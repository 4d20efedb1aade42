//! The decoder of DEFLATE (RFC 1951), with or without the frame of zlib (RFC 1950).

use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use super::step::{Decode, Step, goes_on};

pub(super) struct Deflate {
    inflate: Decompress,
    is_over: bool,
}

impl Deflate {
    pub(super) fn new(has_frame: bool) -> Self {
        Self { inflate: Decompress::new(has_frame), is_over: false }
    }
}

impl Decode for Deflate {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        if self.is_over {
            return if input.is_empty() { Ok(Step::default()) } else { Err(goes_on()) };
        }
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, output, FlushDecompress::None)?;
        self.is_over = status == Status::StreamEnd;
        // Both are at most the lengths of the slices.
        Ok(Step {
            read: (self.inflate.total_in() - before.0) as usize,
            written: (self.inflate.total_out() - before.1) as usize,
        })
    }

    fn is_complete(&self) -> bool {
        self.is_over
    }
}

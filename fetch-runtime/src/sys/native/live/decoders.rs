//! Decoders of the content codings.

mod brotli;

mod deflate;
mod gzip;
mod step;

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::{io, mem};

use brotli::Brotli;
use deflate::Deflate;
use gzip::Gzip;
use step::{Decode, Step};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt, BufReader, ReadBuf};
use tokio::task::coop::consume_budget;

use crate::sys::native::machine::event::Cause;

/// The codings that can be decoded, as a request lists them.
pub(super) const ACCEPTED: &str = "gzip, deflate, br";

/// How many decoded bytes are in memory at a time.
const DECODED: usize = 64 * 1024;

pub(super) type Input = Box<dyn AsyncBufRead + Send + Unpin>;

/// Decodes a body that has this coding.
///
/// # Errors
/// If the coding is unknown, or the body breaks off.
pub(super) async fn decode(coding: &str, body: Input) -> Result<Input, Cause> {
    Ok(Box::new(BufReader::with_capacity(DECODED, decoder(coding, body).await?)))
}

/// Names of codings match in any case.
fn is(name: &str, coding: &str) -> bool {
    coding.eq_ignore_ascii_case(name)
}

async fn decoder(coding: &str, mut input: Input) -> Result<Decoder, Cause> {
    let coding: Box<dyn Decode> = if is("gzip", coding) || is("x-gzip", coding) {
        Box::new(Gzip::new())
    } else if is("br", coding) {
        Box::new(Brotli::new())
    } else if is("deflate", coding) {
        let mut head = Vec::with_capacity(2);
        (&mut input).take(2).read_to_end(&mut head).await?;
        let has_frame = begins_zlib(&head);
        input = Box::new(io::Cursor::new(head).chain(input));
        Box::new(Deflate::new(has_frame))
    } else {
        return Err(Cause::new(format!(
            "the content coding {coding:?} is unknown; only {ACCEPTED} are known"
        )));
    };
    Ok(Decoder { input, coding, has_more: false })
}

/// RFC 9110 means zlib (RFC 1950) by `deflate`. Servers also send the bare data of it, which
/// browsers accept.
fn begins_zlib(head: &[u8]) -> bool {
    let &[method, check] = head else { return false };
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, check]) % 31 == 0
}

/// A body that is decoded as it is read.
struct Decoder {
    input: Input,
    coding: Box<dyn Decode>,
    /// The output was full, so the decoder may have more of it without any input.
    has_more: bool,
}

impl AsyncRead for Decoder {
    /// Yields the worker after some bytes, as a small input can decode to a large output. At the
    /// end of the coded data, the input has to be at its end, too.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(pin!(consume_budget()).poll(context));
        let this = self.get_mut();
        while buffer.remaining() > 0 {
            let input = match mem::take(&mut this.has_more) {
                true => &[],
                false => match ready!(Pin::new(&mut this.input).poll_fill_buf(context))? {
                    [] if this.coding.is_complete() => break,
                    [] => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                    input => input,
                },
            };
            let step = this.coding.decode(input, buffer.initialize_unfilled())?;
            if !input.is_empty() && step == Step::default() {
                return Poll::Ready(Err(io::Error::other("the coded body cannot be decoded")));
            }
            Pin::new(&mut this.input).consume(step.read);
            this.has_more = step.written == buffer.remaining();
            buffer.advance(step.written);
            if step.written > 0 {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_of_zlib() {
        for head in [[0x78, 0x01], [0x78, 0x9c], [0x78, 0xda], [0x08, 0x1d]] {
            assert!(begins_zlib(&head), "{head:?}");
        }
        // A window that is too large, another method, no check, nothing.
        for head in [&[0x88, 0x1c][..], &[0x77, 0x85], &[0x78, 0x9d], &[0x78], &[]] {
            assert!(!begins_zlib(head), "{head:?}");
        }
    }
}

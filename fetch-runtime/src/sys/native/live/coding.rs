//! Content codings of a body (RFC 9110 §8.4.1), and their decoders.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use reqwest::Body;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader, ReadBuf};
use tokio::task::coop::consume_budget;
use tokio_util::io::StreamReader;

use crate::sys::native::machine::event::Cause;

/// The codings that can be decoded, as a request lists them.
pub(super) const ACCEPTED: &str = "gzip, deflate, br";

/// The most codings that a body can have, so that a response cannot demand any number of decoders.
const AT_MOST: usize = 5;

/// How many decoded bytes are in memory at a time.
const DECODED: usize = 64 * 1024;

type Input = Box<dyn AsyncBufRead + Send + Unpin>;

/// The codings of a response, each as the server has written it, in the order in which they were
/// applied.
pub(super) struct Codings(Vec<String>);

impl Codings {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let fields = headers.get_all(CONTENT_ENCODING).iter();
        let codings = fields.flat_map(|field| field.as_bytes().split(|&byte| byte == b','));
        let codings =
            codings.map(|coding| String::from_utf8_lossy(coding.trim_ascii()).into_owned());
        Self(codings.filter(|coding| !coding.is_empty() && !is("identity", coding)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The decoded body. Reading it fails if the body cannot be read, or is not coded like this.
    ///
    /// # Errors
    /// If a coding is unknown, or the body breaks off.
    pub(super) async fn decode(&self, body: Body) -> Result<Input, Cause> {
        let body = body.map_err(|error| io::Error::other(error.without_url()));
        let mut body: Input = Box::new(StreamReader::new(body.into_data_stream()));
        // An empty body is not coded.
        if self.is_empty() || body.fill_buf().await?.is_empty() {
            return Ok(body);
        }
        if self.0.len() > AT_MOST {
            return Err(Cause::new(format!("the body has more than {AT_MOST} content codings")));
        }
        for coding in self.0.iter().rev() {
            let decoder = decoder(coding, body).await?;
            body = Box::new(BufReader::with_capacity(DECODED, decoder));
        }
        Ok(body)
    }
}

/// Names of codings match in any case.
fn is(name: &str, coding: &str) -> bool {
    coding.eq_ignore_ascii_case(name)
}

async fn decoder(coding: &str, mut input: Input) -> Result<Decoder, Cause> {
    if is("gzip", coding) || is("x-gzip", coding) {
        let mut decoder = GzipDecoder::new(input);
        decoder.multiple_members(true);
        Ok(Decoder::Gzip(decoder))
    } else if is("br", coding) {
        Ok(Decoder::Brotli(Box::new(BrotliDecoder::new(input))))
    } else if is("deflate", coding) {
        let mut head = Vec::with_capacity(2);
        (&mut input).take(2).read_to_end(&mut head).await?;
        let is_zlib = begins_zlib(&head);
        let input: Input = Box::new(io::Cursor::new(head).chain(input));
        Ok(if is_zlib {
            Decoder::Zlib(ZlibDecoder::new(input))
        } else {
            Decoder::Deflate(DeflateDecoder::new(input))
        })
    } else {
        Err(Cause::new(format!(
            "the content coding {coding:?} is unknown; only {ACCEPTED} are known"
        )))
    }
}

/// RFC 9110 means zlib (RFC 1950) by `deflate`. Servers also send the bare data of it, which
/// browsers accept.
fn begins_zlib(head: &[u8]) -> bool {
    let &[method, check] = head else { return false };
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, check]) % 31 == 0
}

enum Decoder {
    Gzip(GzipDecoder<Input>),
    Zlib(ZlibDecoder<Input>),
    Deflate(DeflateDecoder<Input>),
    Brotli(Box<BrotliDecoder<Input>>),
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
        let before = buffer.filled().len();
        let this = self.get_mut();
        ready!(match this {
            Self::Gzip(decoder) => Pin::new(decoder).poll_read(context, buffer),
            Self::Zlib(decoder) => Pin::new(decoder).poll_read(context, buffer),
            Self::Deflate(decoder) => Pin::new(decoder).poll_read(context, buffer),
            Self::Brotli(decoder) => Pin::new(decoder).poll_read(context, buffer),
        })?;
        if buffer.filled().len() > before || buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let input = match this {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
        };
        if ready!(Pin::new(input).poll_fill_buf(context))?.is_empty() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::Error::other("there are bytes after the end of the coded body")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn a_list_in_any_number_of_fields() {
        let mut headers = HeaderMap::new();
        assert!(Codings::of(&headers).is_empty());
        for field in [&b"gzip , ,IDENTITY"[..], b"", b"\xe4,X-Gzip"] {
            headers.append(CONTENT_ENCODING, HeaderValue::from_bytes(field).unwrap());
        }
        assert_eq!(Codings::of(&headers).0, ["gzip", "\u{fffd}", "X-Gzip"]);
    }

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

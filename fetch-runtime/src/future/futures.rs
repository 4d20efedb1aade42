//! The traits of the futures crates: a body as a [`Stream`], and as an [`AsyncRead`].

use std::fmt;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_io::AsyncRead;

use super::ResponseStream;
use crate::{Chunk, Error, Outcome};

/// The chunks of the body, as [`next`](ResponseStream::next) gives them.
impl Stream for ResponseStream {
    type Item = Result<Chunk, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context)
    }
}

impl ResponseStream {
    /// Reads the body as bytes.
    ///
    /// ```
    /// use fetch_runtime::{block_on, fetch};
    /// use futures_util::AsyncReadExt;
    ///
    /// let text = block_on(async {
    ///     let stream = fetch!(GET "data:,hello").stream().await?;
    ///     let mut text = String::new();
    ///     stream.into_reader().read_to_string(&mut text).await?;
    ///     Ok::<_, Box<dyn std::error::Error>>(text)
    /// });
    /// assert_eq!(text??, "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_reader(self) -> BodyReader {
        BodyReader { stream: self, chunk: None, read: 0 }
    }
}

/// The body of a [`ResponseStream`] as bytes. It comes from [`ResponseStream::into_reader`].
///
/// A transfer that ends before the body is complete is an error, and then the end of the bytes. Its
/// kind is [`TimedOut`](ErrorKind::TimedOut), [`OutOfMemory`](ErrorKind::OutOfMemory),
/// [`InvalidData`](ErrorKind::InvalidData) for a body that does not match its integrity, or
/// [`ConnectionAborted`](ErrorKind::ConnectionAborted) for all other outcomes.
pub struct BodyReader {
    stream: ResponseStream,
    /// Some of it was read.
    chunk: Option<Chunk>,
    read: usize,
}

impl AsyncRead for BodyReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let reader = &mut *self;
        loop {
            if let Some(chunk) = &reader.chunk {
                let rest = &chunk[reader.read..];
                if !rest.is_empty() {
                    let length = rest.len().min(buffer.len());
                    buffer[..length].copy_from_slice(&rest[..length]);
                    reader.read += length;
                    return Poll::Ready(Ok(length));
                }
            }
            match ready!(reader.stream.poll_chunk(context)) {
                Some(Ok(chunk)) => (reader.chunk, reader.read) = (Some(chunk), 0),
                Some(Err(error)) => return Poll::Ready(Err(io_error(&error))),
                None => return Poll::Ready(Ok(0)),
            }
        }
    }
}

fn io_error(error: &Error) -> io::Error {
    let kind = match error.outcome() {
        Outcome::Timeout => ErrorKind::TimedOut,
        Outcome::OutOfMemory => ErrorKind::OutOfMemory,
        Outcome::IntegrityMismatch => ErrorKind::InvalidData,
        _ => ErrorKind::ConnectionAborted,
    };
    io::Error::new(kind, error.to_string())
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReader").field("stream", &self.stream).finish_non_exhaustive()
    }
}

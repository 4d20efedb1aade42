//! The bytes of a response's body, as they arrive.

use std::io::{self, Error};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Incoming};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// A reader. It fails if the body breaks off.
pub(super) struct Received {
    body: Incoming,
    /// What has arrived and has not been read.
    chunk: Bytes,
}

impl From<Incoming> for Received {
    fn from(body: Incoming) -> Self {
        Self { body, chunk: Bytes::new() }
    }
}

impl AsyncBufRead for Received {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.chunk.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                // Those that are not data are trailers.
                Some(frame) => {
                    this.chunk = frame.map_err(Error::other)?.into_data().unwrap_or_default();
                }
                None => break,
            }
        }
        Poll::Ready(Ok(&this.chunk))
    }

    fn consume(self: Pin<&mut Self>, read: usize) {
        let _ = self.get_mut().chunk.split_to(read);
    }
}

impl AsyncRead for Received {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(context))?;
        let length = bytes.len().min(into.remaining());
        into.put_slice(&bytes[..length]);
        self.consume(length);
        Poll::Ready(Ok(()))
    }
}

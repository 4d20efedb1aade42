//! Bodies of responses as [`http_body::Body`].

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::{Body, Error, ResponseStream};

/// The whole body is one frame.
impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = mem::replace(&mut *self, Self::EMPTY);
        Poll::Ready((!body.is_empty()).then(|| Ok(Frame::data(body.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len() as u64)
    }
}

/// Each chunk is a frame, and is not copied. A body that ends before it is complete is an error,
/// once. A browser does not pass trailers on.
///
/// There is no hint of the size before the end: `Content-Length` is that of the coded body, and a
/// browser may hide that the body was coded.
impl http_body::Body for ResponseStream {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let chunk = ready!(self.poll_chunk(context));
        Poll::Ready(chunk.map(|chunk| chunk.map(|chunk| Frame::data(chunk.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_over() { SizeHint::with_exact(0) } else { SizeHint::new() }
    }
}

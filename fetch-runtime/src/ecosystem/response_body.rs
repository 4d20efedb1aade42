//! The body of a [`Client`](crate::Client)'s response.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::{Body, Error, ResponseStream};

/// The body of a response of a [`Client`](crate::Client). Dropping it ends the transfer.
///
/// Its frames are chunks, as they arrive. Where a program cannot stream, it has one frame.
#[must_use = "a body does nothing until its frames are asked for"]
pub struct ResponseBody(Kind);

enum Kind {
    Whole(Body),
    Stream(ResponseStream),
}

impl From<Body> for ResponseBody {
    fn from(body: Body) -> Self {
        Self(Kind::Whole(body))
    }
}

impl From<ResponseStream> for ResponseBody {
    fn from(stream: ResponseStream) -> Self {
        Self(Kind::Stream(stream))
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.0 {
            Kind::Whole(body) => {
                Pin::new(body).poll_frame(context).map_err(|infallible| match infallible {})
            }
            Kind::Stream(stream) => Pin::new(stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(body) => body.is_end_stream(),
            Kind::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(body) => body.size_hint(),
            Kind::Stream(stream) => http_body::Body::size_hint(stream),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Whole(body) => body.fmt(f),
            Kind::Stream(stream) => stream.fmt(f),
        }
    }
}

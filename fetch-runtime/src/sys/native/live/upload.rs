//! Bodies of requests, and reports on one as it leaves, as often as an `XMLHttpRequest` does.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use http_body_util::{Either, Full};
use hyper::body::{Bytes, Frame, SizeHint};

use super::download::BETWEEN_REPORTS;
use crate::sys::native::machine::event::{Event, FetchId};
use crate::sys::native::mailbox::Sender;

/// How much of a body leaves at a time.
const CHUNK: usize = 64 * 1024;

/// Reports on the upload of one fetch.
#[derive(Clone)]
pub(super) struct Upload {
    id: FetchId,
    events: Sender,
}

impl Upload {
    pub(super) fn new(id: FetchId, events: Sender) -> Self {
        Self { id, events }
    }

    /// A body that reports what the connection has taken of it.
    pub(super) fn body(&self, bytes: Bytes) -> Body {
        let upload = self.clone();
        Either::Right(Reported { upload, left: bytes, sent: 0, last_report: None })
    }
}

/// A request's body.
pub(super) type Body = Either<Full<Bytes>, Reported>;

pub(super) struct Reported {
    upload: Upload,
    left: Bytes,
    sent: u64,
    last_report: Option<Instant>,
}

impl hyper::body::Body for Reported {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.left.is_empty() {
            return Poll::Ready(None);
        }
        let chunk = this.left.split_to(CHUNK.min(this.left.len()));
        this.sent += chunk.len() as u64;
        let is_due = this.last_report.is_none_or(|last| last.elapsed() >= BETWEEN_REPORTS);
        if is_due || this.left.is_empty() {
            this.last_report = Some(Instant::now());
            this.upload.events.send(this.upload.id, Event::Upload(this.sent));
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

//! Bodies of requests, and reports on one as it leaves, as often as an `XMLHttpRequest` does.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::{Bytes, Frame, SizeHint};

use super::download::BETWEEN_REPORTS;
use crate::sys::native::machine::event::{Event, FetchId};
use crate::sys::native::mailbox::Sender;

/// How much of a body leaves at a time, if there are reports on it.
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
}

/// A request's body.
pub(super) struct Body {
    left: Bytes,
    /// Is told what the connection has taken of it.
    upload: Option<Upload>,
    sent: u64,
    last_report: Option<Instant>,
}

impl Body {
    pub(super) fn new(bytes: Bytes, upload: Option<Upload>) -> Self {
        Self { left: bytes, upload, sent: 0, last_report: None }
    }
}

impl hyper::body::Body for Body {
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
        let Some(upload) = &this.upload else {
            return Poll::Ready(Some(Ok(Frame::data(mem::take(&mut this.left)))));
        };
        let chunk = this.left.split_to(CHUNK.min(this.left.len()));
        this.sent += chunk.len() as u64;
        let is_due = this.last_report.is_none_or(|last| last.elapsed() >= BETWEEN_REPORTS);
        if is_due || this.left.is_empty() {
            this.last_report = Some(Instant::now());
            upload.events.send(upload.id, Event::Upload(this.sent));
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

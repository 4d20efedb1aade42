//! Downloads: reports on a body as it arrives, as often as an `XMLHttpRequest` does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::keeper::Keeper;
use super::reporter::Reporter;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::event::{Event, Head, Permit};
use crate::sys::native::machine::exchange::BodyMode;

/// The shortest time between two reports on the progress of a body.
pub(super) const BETWEEN_REPORTS: Duration = Duration::from_millis(50);

/// How many undelivered chunks may queue before reading from the network pauses.
const CHUNKS_AHEAD: usize = 16;

pub(super) struct Download<'a> {
    reporter: &'a Reporter,
    sink: Sink,
    /// Keeps the parts of the body.
    keeper: Option<&'a Keeper>,
    /// How many bytes the body may have.
    most: u64,
    loaded: u64,
    reported: u64,
    last_report: Option<Instant>,
}

enum Sink {
    Discard,
    Body(Buffer),
    /// Each undelivered chunk holds one of these permits.
    Chunks(Arc<Semaphore>),
}

impl<'a> Download<'a> {
    pub(super) fn new(reporter: &'a Reporter, head: Head, body_mode: BodyMode) -> Self {
        let sink = match body_mode {
            BodyMode::Discard => Sink::Discard,
            BodyMode::Whole => Sink::Body(Buffer::expecting(head.content_length)),
            BodyMode::Chunks => Sink::Chunks(Arc::new(Semaphore::new(CHUNKS_AHEAD))),
        };
        reporter.report(Event::Head(head));
        Self {
            reporter,
            sink,
            keeper: None,
            most: u64::MAX,
            loaded: 0,
            reported: 0,
            last_report: None,
        }
    }

    /// A download whose parts are kept.
    pub(super) fn keeping(reporter: &'a Reporter, head: Head, keeper: &'a Keeper) -> Self {
        Self { keeper: Some(keeper), ..Self::new(reporter, head, BodyMode::Whole) }
    }

    /// The same, of which these bytes are there. It ends where it has more than its head says.
    pub(super) fn resuming(
        reporter: &'a Reporter,
        head: Head,
        body: Buffer,
        keeper: &'a Keeper,
    ) -> Self {
        let (loaded, most) = (body.len(), head.content_length);
        let sink = Sink::Body(body);
        Self { sink, loaded, most, ..Self::keeping(reporter, head, keeper) }
    }

    pub(super) async fn chunk(&mut self, bytes: &[u8]) {
        self.loaded += bytes.len() as u64;
        if self.loaded > self.most {
            return;
        }
        if let Some(keeper) = self.keeper {
            keeper.add(bytes).await;
        }
        match &mut self.sink {
            Sink::Discard => {}
            Sink::Body(body) => body.extend(bytes),
            Sink::Chunks(permits) => {
                // It is never closed, so there will be a permit.
                let permit = Arc::clone(permits).acquire_owned().await.ok().map(Permit::new);
                let bytes = Buffer::copy_of(bytes);
                return self.reporter.report(Event::Chunk { bytes, permit });
            }
        }
        if self.last_report.is_none_or(|last| last.elapsed() >= BETWEEN_REPORTS) {
            self.report();
        }
    }

    /// Whether the rest of the body, which can be endless, is not read: there is no memory for it,
    /// or it has too many bytes.
    pub(super) fn is_over(&self) -> bool {
        self.loaded > self.most || matches!(&self.sink, Sink::Body(body) if body.is_lost())
    }

    fn report(&mut self) {
        self.last_report = Some(Instant::now());
        self.reported = self.loaded;
        self.reporter.report(Event::Progress(self.loaded));
    }

    /// The end. Bytes that have not been reported are reported first.
    pub(super) fn finish(mut self) -> Event {
        if self.reported < self.loaded && !matches!(self.sink, Sink::Chunks(_)) {
            self.report();
        }
        let mut body = match self.sink {
            Sink::Body(body) => body,
            Sink::Discard | Sink::Chunks(_) => Buffer::new(),
        };
        body.shrink();
        Event::Loaded { body, loaded: self.loaded }
    }
}

//! Takes in a body as it arrives, and reports on it as often as an XMLHttpRequest does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::sys::backend::machine::buffer::Buffer;
use crate::sys::backend::machine::event::{Event, Head, Reporter};
use crate::sys::backend::machine::exchange::Want;

const BETWEEN_REPORTS: Duration = Duration::from_millis(50);

/// As many chunks of a stream wait for its owner; then the network has to.
const CHUNKS_AHEAD: usize = 16;

pub(crate) struct Download<'a> {
    reporter: &'a Reporter,
    sink: Sink,
    loaded: u64,
    reported: u64,
    last_report: Option<Instant>,
}

enum Sink {
    Nowhere,
    Body(Buffer),
    /// What is reported holds one of these places until the owner has taken it.
    Chunks(Arc<Semaphore>),
}

impl<'a> Download<'a> {
    pub(crate) fn new(reporter: &'a Reporter, head: Head, want: Want) -> Self {
        let sink = match want {
            Want::Nothing => Sink::Nowhere,
            Want::Body => Sink::Body(Buffer::expecting(head.content_length)),
            Want::Chunks => Sink::Chunks(Arc::new(Semaphore::new(CHUNKS_AHEAD))),
        };
        reporter.report(Event::Head(head));
        Self { reporter, sink, loaded: 0, reported: 0, last_report: None }
    }

    pub(crate) async fn chunk(&mut self, bytes: &[u8]) {
        self.loaded += bytes.len() as u64;
        match &mut self.sink {
            Sink::Nowhere => {}
            Sink::Body(body) => body.extend(bytes),
            Sink::Chunks(places) => {
                // Never closed, so there will be a place.
                let place = Arc::clone(places).acquire_owned().await.ok();
                return self.reporter.report(Event::Chunk { bytes: Buffer::copy_of(bytes), place });
            }
        }
        if self.last_report.is_none_or(|last| last.elapsed() >= BETWEEN_REPORTS) {
            self.report();
        }
    }

    /// There is no memory for more, and nothing to be gained by what is still to come, be it
    /// without end.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(&self.sink, Sink::Body(body) if body.is_lost())
    }

    fn report(&mut self) {
        self.last_report = Some(Instant::now());
        self.reported = self.loaded;
        self.reporter.report(Event::Progress(self.loaded));
    }

    /// The end, which tells of what was not yet reported.
    pub(crate) fn finish(mut self) -> Event {
        if self.reported < self.loaded && !matches!(self.sink, Sink::Chunks(_)) {
            self.report();
        }
        let mut body = match self.sink {
            Sink::Body(body) => body,
            Sink::Nowhere | Sink::Chunks(_) => Buffer::new(),
        };
        body.shrink();
        Event::Loaded { body, loaded: self.loaded }
    }
}

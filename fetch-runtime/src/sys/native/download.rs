//! Takes in a body as it arrives, and reports on it as often as an XMLHttpRequest does.

use std::time::{Duration, Instant};

use super::buffer::Buffer;
use super::events::{Event, Head, Reporter};

const BETWEEN_REPORTS: Duration = Duration::from_millis(50);

pub(super) struct Download<'a> {
    reporter: &'a Reporter,
    body: Buffer,
    /// Whether anybody wants the bytes.
    keep: bool,
    loaded: u64,
    reported: u64,
    last_report: Option<Instant>,
}

impl<'a> Download<'a> {
    pub(super) fn new(reporter: &'a Reporter, head: Head, keep: bool) -> Self {
        let body = Buffer::expecting(head.content_length);
        reporter.report(Event::Head(head));
        Self { reporter, body, keep, loaded: 0, reported: 0, last_report: None }
    }

    pub(super) fn chunk(&mut self, bytes: &[u8]) {
        self.loaded += bytes.len() as u64;
        if self.keep {
            self.body.extend(bytes);
        }
        if self.last_report.is_none_or(|last| last.elapsed() >= BETWEEN_REPORTS) {
            self.report();
        }
    }

    /// There is no memory for more, and nothing to be gained by what is still to come, be it without end.
    pub(super) fn is_lost(&self) -> bool {
        self.body.is_lost()
    }

    fn report(&mut self) {
        self.last_report = Some(Instant::now());
        self.reported = self.loaded;
        self.reporter.report(Event::Progress(self.loaded));
    }

    /// The end, which tells of what was not yet reported.
    pub(super) fn finish(mut self) -> Event {
        if self.reported < self.loaded {
            self.report();
        }
        self.body.shrink();
        Event::Loaded { body: self.body, loaded: self.loaded }
    }
}

//! Takes in a body as it arrives, and reports on it as often as an XMLHttpRequest does.

use std::time::{Duration, Instant};

use super::buffer::Buffer;
use super::events::{Event, Head, Reporter};

const BETWEEN_REPORTS: Duration = Duration::from_millis(50);

pub(super) struct Download<'a> {
    reporter: &'a Reporter,
    buffer: Buffer,
    /// Whether anybody wants the bytes.
    keep: bool,
    loaded: u64,
    reported: Option<Instant>,
}

impl<'a> Download<'a> {
    pub(super) fn new(reporter: &'a Reporter, head: Head, keep: bool) -> Self {
        let buffer = Buffer::expecting(head.content_length);
        reporter.report(Event::Head(head));
        Self { reporter, buffer, keep, loaded: 0, reported: None }
    }

    pub(super) fn chunk(&mut self, bytes: &[u8]) {
        self.loaded += bytes.len() as u64;
        if self.keep {
            self.buffer.extend(bytes);
        }
        if self.reported.is_none_or(|last| last.elapsed() >= BETWEEN_REPORTS) {
            self.reported = Some(Instant::now());
            self.reporter.report(Event::Progress(self.loaded));
        }
    }

    pub(super) fn finish(mut self) -> Event {
        self.buffer.shrink();
        Event::Loaded { body: self.buffer, loaded: self.loaded }
    }
}

//! Reports on transfers and tasks of the cache, sent from their threads to the thread of the fetch.

use crate::sys::native::machine::event::{Event, FetchId};
use crate::sys::native::mailbox::Sender;

/// Reports on one job. It reports an end even if the job does not: a worker that panics must not
/// leave the fetch waiting.
pub(super) struct Reporter {
    id: FetchId,
    events: Sender,
    /// Sent by the drop.
    last: Option<Event>,
}

impl Reporter {
    /// `otherwise` is the end of a job that does not report one.
    pub(super) fn new(id: FetchId, events: Sender, otherwise: Event) -> Self {
        Self { id, events, last: Some(otherwise) }
    }

    pub(super) fn report(&self, event: Event) {
        self.events.send(self.id, event);
    }

    pub(super) fn finish(mut self, event: Event) {
        self.last = Some(event);
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Some(event) = self.last.take() {
            self.report(event);
        }
    }
}

//! What the workers tell the thread that a fetch belongs to.

use std::error::Error;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::sync::OwnedSemaphorePermit;

use super::buffer::Buffer;

/// Names a fetch. Never used again, unlike its address and its id.
pub(crate) type Key = u64;

/// Where events go; the key says whose they are.
pub(crate) type Events = Sender<(Key, Event)>;

/// A response up to its body.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) status_text: String,
    /// As `getAllResponseHeaders` has them.
    pub(crate) headers: String,
    pub(crate) url: String,
    /// 0 if unknown.
    pub(crate) content_length: u64,
}

/// What a chunk holds until the program has taken it: so many are under way at a time.
pub(crate) type Place = OwnedSemaphorePermit;

/// Why a transfer has failed.
#[derive(Clone, Debug)]
pub(crate) struct Cause(Arc<dyn Error + Send + Sync>);

// It is only shown: no code that has panicked can have left it half changed.
impl UnwindSafe for Cause {}
impl RefUnwindSafe for Cause {}

impl Cause {
    pub(crate) fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into().into())
    }

    pub(crate) fn as_error(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Cause {
    fn from(error: E) -> Self {
        Self(Arc::new(error))
    }
}

pub(crate) enum Event {
    Head(Head),
    /// So many bytes have arrived.
    Progress(u64),
    /// These have, of a stream.
    Chunk {
        bytes: Buffer,
        place: Option<Place>,
    },
    /// The transfer is complete. The body is empty if nobody wants it.
    Loaded {
        body: Buffer,
        loaded: u64,
    },
    Failed(Cause),
    TimedOut,
    Found(Buffer),
    /// Or could not be read.
    Missing,
    /// The body comes back, whether it is in the cache now or not.
    Stored {
        body: Buffer,
        stored: bool,
    },
    Deleted(bool),
}

/// Reports on one job, and says how it ended even if nobody else does: a worker that panics
/// must not leave its owner waiting.
pub(crate) struct Reporter {
    key: Key,
    events: Events,
    otherwise: Option<Event>,
}

impl Reporter {
    pub(crate) fn new(key: Key, events: Events, otherwise: Event) -> Self {
        Self { key, events, otherwise: Some(otherwise) }
    }

    pub(crate) fn report(&self, event: Event) {
        // An error: the owner is gone, and with it all interest.
        let _ = self.events.send((self.key, event));
    }

    pub(crate) fn finish(mut self, event: Event) {
        self.otherwise = Some(event);
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Some(event) = self.otherwise.take() {
            self.report(event);
        }
    }
}

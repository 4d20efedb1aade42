//! Events: a driver's reports on a transfer, or on a task of the cache.

use std::error::Error;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use super::buffer::Buffer;

/// Names a fetch. Unlike an address or a handle, it is never used again.
pub(crate) type FetchId = u64;

/// A response up to its body.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) status_text: String,
    /// As `getAllResponseHeaders` lists them.
    pub(crate) headers: String,
    pub(crate) url: String,
    /// 0 if unknown.
    pub(crate) content_length: u64,
}

/// A permit held by each undelivered chunk. The driver limits how many there are.
pub(crate) struct Permit {
    _held: Box<dyn Send + Sync>,
}

impl Permit {
    pub(crate) fn new(held: impl Send + Sync + 'static) -> Self {
        Self { _held: Box::new(held) }
    }
}

/// The reason why a transfer has failed.
#[derive(Clone, Debug)]
pub(crate) struct Cause(Arc<dyn Error + Send + Sync>);

// It is only displayed, so code that has panicked cannot have left it half changed.
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

/// A record of the cache, with the text that was stored with it.
pub(crate) struct Entry {
    pub(crate) body: Buffer,
    pub(crate) text: String,
}

pub(crate) enum Event {
    /// This many bytes of the request's body have left in all.
    Upload(u64),
    Head(Head),
    /// This many bytes have arrived in all.
    Progress(u64),
    /// The next bytes of a stream.
    Chunk {
        bytes: Buffer,
        permit: Option<Permit>,
    },
    /// The transfer is complete. The body is empty unless it is wanted as a whole.
    Loaded {
        body: Buffer,
        loaded: u64,
    },
    Failed(Cause),
    TimedOut,
    /// The cache has a record.
    Found(Buffer),
    /// The cache has an entry.
    FoundEntry(Entry),
    /// The cache has none, or cannot read it.
    Missing,
    /// The body comes back, whether or not the cache could store it.
    Stored {
        body: Buffer,
        stored: bool,
    },
    Deleted(bool),
}

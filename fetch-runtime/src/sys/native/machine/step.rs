//! Steps: the entries of the event loop's queue. Each makes one callback, but for those of streams.

use std::collections::VecDeque;
use std::ffi::{c_int, c_void};

use super::buffer::Buffer;
use super::event::{Cause, Entry, Event, FetchId, Head, Permit};

pub(crate) enum Step {
    Timer(TimerCall),
    Xhr(FetchId, XhrEvent),
    Cache(FetchId, CacheEvent),
}

impl Step {
    pub(crate) fn fetch(&self) -> Option<FetchId> {
        match self {
            Self::Timer(_) => None,
            Self::Xhr(id, _) | Self::Cache(id, _) => Some(*id),
        }
    }

    /// Whether a browser goes on with the next step in the same task.
    pub(crate) fn continues_task(&self) -> bool {
        matches!(self, Self::Xhr(_, XhrEvent::Loading | XhrEvent::Done | XhrEvent::Broken))
    }

    /// Whether it is the end of a transfer.
    pub(crate) fn is_end_of_transfer(&self) -> bool {
        matches!(self, Self::Xhr(_, XhrEvent::Done | XhrEvent::Broken))
    }
}

/// A timer: the arguments of `emscripten_set_timeout`, and the id that it returned.
pub(crate) struct TimerCall {
    pub(crate) id: c_int,
    pub(crate) function: unsafe extern "C" fn(*mut c_void),
    pub(crate) argument: *mut c_void,
}

/// An event of the `XMLHttpRequest` of a fetch.
pub(crate) enum XhrEvent {
    /// `progress` of `upload`.
    Upload(u64),
    HeadersReceived(Head),
    Loading,
    Progress(u64),
    Chunk {
        bytes: Buffer,
        permit: Option<Permit>,
    },
    Done,
    /// Done, and the response is a network error.
    Broken,
    Load {
        body: Buffer,
        loaded: u64,
    },
    Error(Cause),
    Timeout,
}

/// An event of the IndexedDB request of a fetch.
pub(crate) enum CacheEvent {
    Found(Buffer),
    FoundEntry(Entry),
    Missing,
    Stored { body: Buffer, stored: bool },
    Deleted(bool),
}

/// Appends the steps that `event` makes an `XMLHttpRequest` or an IndexedDB request take.
pub(crate) fn append(steps: &mut VecDeque<Step>, id: FetchId, event: Event) {
    let mut xhr = |event| steps.push_back(Step::Xhr(id, event));
    let cache = match event {
        Event::Upload(loaded) => return xhr(XhrEvent::Upload(loaded)),
        Event::Head(head) => return xhr(XhrEvent::HeadersReceived(head)),
        Event::Progress(loaded) => {
            xhr(XhrEvent::Loading);
            return xhr(XhrEvent::Progress(loaded));
        }
        Event::Chunk { bytes, permit } => return xhr(XhrEvent::Chunk { bytes, permit }),
        Event::Loaded { body, loaded } => {
            xhr(XhrEvent::Done);
            return xhr(XhrEvent::Load { body, loaded });
        }
        Event::Failed(cause) => {
            xhr(XhrEvent::Broken);
            return xhr(XhrEvent::Error(cause));
        }
        Event::TimedOut => {
            xhr(XhrEvent::Broken);
            return xhr(XhrEvent::Timeout);
        }
        Event::Found(body) => CacheEvent::Found(body),
        Event::FoundEntry(entry) => CacheEvent::FoundEntry(entry),
        Event::Missing => CacheEvent::Missing,
        Event::Stored { body, stored } => CacheEvent::Stored { body, stored },
        Event::Deleted(deleted) => CacheEvent::Deleted(deleted),
    };
    steps.push_back(Step::Cache(id, cache));
}

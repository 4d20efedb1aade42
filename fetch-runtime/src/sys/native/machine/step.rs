//! What is left to do on the owner's side, cut so that no step makes more than one callback.

use std::collections::VecDeque;
use std::ffi::{c_int, c_void};

use super::buffer::Buffer;
use super::event::{Cause, Event, Head, Key, Place};

pub(crate) enum Step {
    Call(Call),
    React(Key, Reaction),
}

impl Step {
    /// Whether what a browser does in the same task comes next.
    pub(crate) fn is_first_half(&self) -> bool {
        matches!(self, Self::React(_, Reaction::Loading | Reaction::Done | Reaction::Broken))
    }
}

/// What `emscripten_set_timeout` was given, and has answered.
pub(crate) struct Call {
    pub(crate) id: c_int,
    pub(crate) function: unsafe extern "C" fn(*mut c_void),
    pub(crate) argument: *mut c_void,
}

/// What the XMLHttpRequest or the IndexedDB request of a fetch does next, in upstream's words.
pub(crate) enum Reaction {
    HeadersReceived(Head),
    Loading,
    Progress(u64),
    Chunk {
        bytes: Buffer,
        place: Option<Place>,
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
    Found(Buffer),
    Missing,
    Stored {
        body: Buffer,
        stored: bool,
    },
    Deleted(bool),
}

/// Appends what `event` makes an XMLHttpRequest or an IndexedDB request do.
pub(crate) fn append(steps: &mut VecDeque<Step>, key: Key, event: Event) {
    let mut then = |reaction| steps.push_back(Step::React(key, reaction));
    match event {
        Event::Head(head) => then(Reaction::HeadersReceived(head)),
        Event::Progress(loaded) => {
            then(Reaction::Loading);
            then(Reaction::Progress(loaded));
        }
        Event::Chunk { bytes, place } => then(Reaction::Chunk { bytes, place }),
        Event::Loaded { body, loaded } => {
            then(Reaction::Done);
            then(Reaction::Load { body, loaded });
        }
        Event::Failed(cause) => {
            then(Reaction::Broken);
            then(Reaction::Error(cause));
        }
        Event::TimedOut => {
            then(Reaction::Broken);
            then(Reaction::Timeout);
        }
        Event::Found(body) => then(Reaction::Found(body)),
        Event::Missing => then(Reaction::Missing),
        Event::Stored { body, stored } => then(Reaction::Stored { body, stored }),
        Event::Deleted(deleted) => then(Reaction::Deleted(deleted)),
    }
}

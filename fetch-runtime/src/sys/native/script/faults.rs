//! Finds what would be undefined behaviour upstream, by looking after C's structs.

use std::collections::HashSet;

use super::player::with;
use crate::sys::backend::machine::event::Key;
use crate::sys::backend::machine::fetch::Fetch;
use crate::sys::backend::machine::step::Reaction;

#[derive(Default)]
pub(super) struct Faults {
    /// The addresses of C's structs.
    structs: HashSet<usize>,
    /// Addresses where there was one.
    freed: HashSet<usize>,
    /// Requests whose `readyState` is 4, and whose last event is still to come.
    done: HashSet<Key>,
    found: Vec<String>,
}

impl Faults {
    pub(super) fn found(&mut self, what: &str) {
        self.found.push(format!("native::script: {what}"));
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }

    pub(super) fn structs(&self) -> usize {
        self.structs.len()
    }
}

/// A struct has been made.
pub(in super::super) fn made(fetch: *const Fetch) {
    with(|state| {
        state.faults.freed.remove(&fetch.addr());
        state.faults.structs.insert(fetch.addr());
    });
}

/// A struct is being freed.
pub(in super::super) fn freed(fetch: *const Fetch) {
    with(|state| {
        if state.faults.structs.remove(&fetch.addr()) {
            state.faults.freed.insert(fetch.addr());
        }
    });
}

/// Whether a fetch is closed that has been freed.
pub(in super::super) fn closes_twice(fetch: *const Fetch) -> bool {
    with(|state| {
        let is_freed = state.faults.freed.contains(&fetch.addr());
        if is_freed {
            state.faults.found("a fetch was closed twice");
        }
        is_freed
    }) == Some(true)
}

/// A close would call `onerror` of a fetch whose terminal callback has been called. Whether that is
/// left undone.
pub(in super::super) fn recalls(key: Key) -> bool {
    with(|state| {
        let name = state.name(key);
        state.faults.found(&format!("closing {name} would call its onerror again"));
    })
    .is_some()
}

/// The id that is freed with a fetch is that of another.
pub(in super::super) fn closes_another(other: Key) {
    with(|state| {
        let name = state.name(other);
        state.faults.found(&format!("{name} was aborted by the close of another fetch"));
    });
}

/// `reaction` comes for a fetch that is in flight.
pub(in super::super) fn comes(key: Key, reaction: &Reaction) {
    with(|state| match reaction {
        Reaction::Done | Reaction::Broken => {
            state.faults.done.insert(key);
        }
        Reaction::Load { .. } | Reaction::Error(_) | Reaction::Timeout => {
            state.faults.done.remove(&key);
        }
        _ => {}
    });
}

/// `reaction` comes for a fetch that has been closed. JS asks for the handle of a request, and
/// ignores one that was aborted; what the cache does, and what follows `readyState` 4 in the same
/// task, it writes unasked.
pub(in super::super) fn orphaned(key: Key, reaction: &Reaction) {
    with(|state| {
        let is_written = match reaction {
            Reaction::Found(_)
            | Reaction::Missing
            | Reaction::Stored { .. }
            | Reaction::Deleted(_) => true,
            Reaction::Load { .. } | Reaction::Error(_) | Reaction::Timeout => {
                state.faults.done.remove(&key)
            }
            Reaction::HeadersReceived(_)
            | Reaction::Loading
            | Reaction::Progress(_)
            | Reaction::Chunk { .. }
            | Reaction::Done
            | Reaction::Broken => false,
        };
        if is_written {
            let name = state.name(key);
            state
                .faults
                .found(&format!("{name} was closed too early: JS would write into freed memory"));
        }
    });
}

/// # Panics
/// If there were faults.
pub(in super::super) fn check() {
    let found = with(|state| state.faults.take()).unwrap_or_default();
    if !found.is_empty() {
        panic!("{}", found.join("; "));
    }
}

//! The rule for closing a request in flight.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::{InFlight, Phase};
use crate::sys::{backend, emscripten_fetch_t};

impl InFlight {
    /// The struct, if it may be closed now: outside its callbacks, and where JS writes no more into
    /// it.
    pub(super) fn closable(&self) -> Option<NonNull<emscripten_fetch_t>> {
        // At the end of its thread, the native backend has freed its structs.
        let fetch = self.fetch.get().filter(|_| !self.in_callback.get() && backend::is_alive())?;
        // SAFETY: `finish` forgets the pointer before the struct is closed.
        may_close_in_flight(unsafe { fetch.as_ref() }, self.phase()).then_some(fetch)
    }
}

/// Whether JS has no more to write into the struct. JS would write into freed memory when the cache
/// answers a lookup (there is no `id` until it misses), in the terminal callback that follows
/// `readyState` 4, or when the cache has written.
///
/// The struct's own `readyState` cannot tell: a cache miss leaves a 4 there.
fn may_close_in_flight(fetch: &emscripten_fetch_t, phase: Phase) -> bool {
    fetch.id != 0 && matches!(phase, Phase::Lookup | Phase::Transfer)
}

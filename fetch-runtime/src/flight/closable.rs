//! When a request may be closed in flight.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::{InFlight, Phase};
use crate::sys::{backend, emscripten_fetch_t};

impl InFlight {
    /// The struct, if it may be closed now: outside its callbacks, and where JS writes no more into
    /// it.
    pub(super) fn closable(&self) -> Option<NonNull<emscripten_fetch_t>> {
        // At the end of a thread the native backend goes, and its structs with it.
        let fetch = self.fetch.get().filter(|_| !self.in_callback.get() && backend::is_alive())?;
        // SAFETY: `finish` forgets the pointer before the struct is closed.
        js_has_let_go(unsafe { fetch.as_ref() }, self.phase()).then_some(fetch)
    }
}

/// Whether JS has no more to write into the struct. Otherwise it would write into freed memory:
/// when the cache answers a lookup (there is no `id` until it misses), in the terminal callback
/// that follows `readyState` 4, or when the cache has written.
///
/// The struct's own `readyState` cannot tell: a cache miss leaves a 4 there.
fn js_has_let_go(fetch: &emscripten_fetch_t, phase: Phase) -> bool {
    fetch.id != 0 && matches!(phase, Phase::Lookup | Phase::Transfer)
}

//! When a request may be closed in flight.

use super::Phase;
use crate::sys::emscripten_fetch_t;

/// Whether a fetch may be closed at once, outside its callbacks. Otherwise JS would write into
/// freed memory: when the cache answers a lookup (there is no `id` until it misses), in the
/// terminal callback that follows `readyState` 4, or when the cache has written.
///
/// The struct's own `readyState` cannot tell: a cache miss leaves a 4 there.
pub(super) fn may_close_in_flight(fetch: &emscripten_fetch_t, phase: Phase) -> bool {
    fetch.id != 0 && matches!(phase, Phase::Lookup | Phase::Transfer)
}

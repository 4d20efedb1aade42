//! Tells a timeout from a network error, without a clock.

use std::mem;

use crate::sys::emscripten_fetch_t;

/// Written into `dataOffset` of a request that ends without a status, and of a stream between its
/// chunks. Upstream writes 0 over it when the reason is a network error, and leaves it when the
/// reason is the timeout.
const MARK: u64 = u64::MAX;

/// Marks the fetch, so that [`timed_out`] can tell how it ends.
pub(crate) fn mark(fetch: &mut emscripten_fetch_t) {
    fetch.dataOffset = MARK;
}

/// Takes the mark back.
pub(crate) fn unmark(fetch: &mut emscripten_fetch_t) {
    fetch.dataOffset = 0;
}

/// Marks a stream that has delivered a chunk. Returns the offset of the chunk.
pub(crate) fn mark_chunk(fetch: &mut emscripten_fetch_t) -> u64 {
    mem::replace(&mut fetch.dataOffset, MARK)
}

/// Whether a fetch that was marked has ended by its timeout.
pub(crate) fn timed_out(fetch: &emscripten_fetch_t) -> bool {
    fetch.dataOffset == MARK
}

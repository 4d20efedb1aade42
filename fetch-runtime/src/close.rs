//! Closes fetches. Invariant: each pointer reaches `emscripten_fetch_close` at most once.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use crate::stats;
use crate::sys::backend;
use crate::sys::{DONE, EMSCRIPTEN_RESULT_SUCCESS, emscripten_fetch_t};

/// No array index in JS, therefore never the handle of a request; and not 0, which upstream refuses to close.
/// The 0xffff of the published workaround is a handle as soon as so many requests are open.
#[cfg(not(fetch_plain_close))]
const SENTINEL: u32 = u32::MAX;

/// The quiet close: frees the struct, never calls `onerror` again, and ends the request in JS if it is
/// still alive there.
///
/// Upstream refuses to close a fetch whose `id` is 0, as it is on every path that ends in the cache,
/// and takes one whose `readyState` is not 4 for one in flight, whose `onerror` it calls.
///
/// # Safety
/// `fetch` is live, JS has no more to write into it ([`may_close_in_flight`], or a terminal callback), and
/// nobody uses it after.
pub(crate) unsafe fn close(fetch: NonNull<emscripten_fetch_t>) {
    #[cfg(not(fetch_plain_close))]
    let guarded = {
        // SAFETY: the caller guarantees that it is live.
        let fetch = unsafe { &mut *fetch.as_ptr() };
        fetch.readyState = DONE;
        let guarded = fetch.id == 0;
        if guarded {
            fetch.id = SENTINEL;
        }
        guarded
    };
    // What the guard is for can be seen, and the tests be seen to fail, in a build without it.
    #[cfg(fetch_plain_close)]
    let guarded = false;
    // SAFETY: the caller guarantees that it is live, and gives it up.
    let result = unsafe { backend::emscripten_fetch_close(fetch.as_ptr()) };
    if result == EMSCRIPTEN_RESULT_SUCCESS {
        stats::closed(guarded);
    }
}

/// Whether a fetch that is not over may be closed at once, outside its callbacks. Otherwise JS would write
/// into freed memory: when the cache has answered (until then there is no `id`), or the store is done
/// (`readyState` is 4, as a cache miss leaves it, too, until the headers have come).
pub(crate) fn may_close_in_flight(fetch: &emscripten_fetch_t, headers_received: bool) -> bool {
    fetch.id != 0 && (fetch.readyState < DONE || !headers_received)
}

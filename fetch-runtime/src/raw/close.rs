//! Closes fetches. Invariant: each pointer reaches `emscripten_fetch_close` at most once.
#![allow(unsafe_code)]

use std::ptr::{self, NonNull};

use crate::counters;
use crate::sys::backend;
use crate::sys::{DONE, EMSCRIPTEN_RESULT_SUCCESS, TAKEN, emscripten_fetch_t};

/// Not an array index in JS, so it is never the handle of a request. Not 0 either, which upstream
/// refuses to close. The published workaround uses 0xffff, which is a handle as soon as that many
/// requests are open.
const SENTINEL: u32 = u32::MAX;

/// The quiet close: frees the struct, never calls `onerror` again, and ends the request in JS if it
/// is still alive there.
///
/// Upstream refuses to close a fetch whose `id` is 0, as it is on every path that ends in the
/// cache. It takes a fetch whose `readyState` is not 4 for one in flight, and calls its `onerror`.
///
/// # Safety
/// `fetch` is live, JS has no more to write into it (`InFlight::closable`, or a terminal callback),
/// and it is not used afterwards.
pub(crate) unsafe fn close(fetch: NonNull<emscripten_fetch_t>) {
    // SAFETY: the caller's guarantee is the same.
    if let Some(guarded) = unsafe { close_uncounted(fetch) } {
        counters::closed(guarded);
    }
}

/// [`close`] without the count in `stats`, for a fetch that has not started. Returns whether
/// upstream would have refused; `None` if it did refuse.
///
/// # Safety
/// As for [`close`].
pub(crate) unsafe fn close_uncounted(fetch: NonNull<emscripten_fetch_t>) -> Option<bool> {
    let guarded = {
        // SAFETY: the caller guarantees that it is live.
        let fetch = unsafe { &mut *fetch.as_ptr() };
        fetch.readyState = DONE;
        if ptr::eq(fetch.data, &raw const TAKEN) {
            fetch.data = ptr::null();
        }
        let guarded = fetch.id == 0;
        if guarded {
            fetch.id = SENTINEL;
        }
        guarded
    };
    // SAFETY: the caller guarantees that it is live, and gives it up.
    let result = unsafe { backend::emscripten_fetch_close(fetch.as_ptr()) };
    (result == EMSCRIPTEN_RESULT_SUCCESS).then_some(guarded)
}

//! Downloads that can be resumed, whose parts JavaScript keeps in the cache.

use core::ffi::{c_char, c_int, c_void};

use super::start_cached;
use crate::sys::{Accepts, Exception, Lookup, emscripten_fetch_attr_t, emscripten_fetch_t};

javascript! {
    // emscripten/resume.c
    fn fetch_runtime_resumable(attr: *const emscripten_fetch_attr_t, url: *const c_char);
    fn fetch_runtime_resumable_has_read(id: u32) -> c_int;
    fn fetch_runtime_resumable_forget(id: u32);
    fn fetch_runtime_resumable_stop(token: *const c_void);
}

/// As [`start_cached`], for a request that keeps the parts of its body, and asks only for the rest
/// if there are some.
///
/// # Errors
/// As [`start_cached`].
///
/// # Safety
/// As for [`start_cached`].
pub(crate) unsafe fn start_resumable(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    lookup: Lookup,
    token: *mut c_void,
    accepts: Option<Accepts>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller guarantees live attributes and strings, which JavaScript copies.
    unsafe { fetch_runtime_resumable(attr, url) };
    // SAFETY: the caller's guarantee is the same.
    unsafe { start_cached(attr, url, None, lookup, token, accepts) }
}

/// Whether the request of this handle has read parts since the last call.
pub(crate) fn has_read_parts(id: u32) -> bool {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_resumable_has_read(id) != 0 }
}

/// Deletes the parts of a body that is not accepted, if they are its own.
///
/// # Safety
/// The fetch of this handle is live.
pub(crate) unsafe fn drop_parts(id: u32) {
    // SAFETY: the caller guarantees a handle.
    unsafe { fetch_runtime_resumable_forget(id) };
}

/// Ends the wait for another page that downloads the same, if the request with this token waits.
/// Its lookup ends later.
pub(crate) fn stop_waiting(token: *const c_void) {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_resumable_stop(token) };
}

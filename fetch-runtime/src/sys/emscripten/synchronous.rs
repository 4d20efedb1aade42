//! Synchronous fetches. Any worker can wait for one: a pthread, and the worker of a program without
//! pthreads. Only the page's own thread cannot.

use core::ffi::{c_char, c_int};

use super::caught;
use crate::sys::{Exception, emscripten_fetch_attr_t, emscripten_fetch_t};

unsafe extern "C" {
    fn emscripten_is_main_browser_thread() -> c_int;
}

javascript! {
    // synchronous.c
    fn fetch_runtime_synchronous(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
        lost: *mut *mut u8,
        timeout: c_int,
        late: *mut u8,
    ) -> *mut emscripten_fetch_t;
}

/// Whether this thread may wait for a synchronous fetch.
pub(crate) fn may_block() -> bool {
    // SAFETY: it touches no memory of the program.
    unsafe { emscripten_is_main_browser_thread() == 0 }
}

/// Runs a synchronous fetch. Returns the fetch, and whether it timed out. No callback runs
/// meanwhile on this thread.
///
/// Upstream ignores its timeout. It also treats both an `error` event and an exception of `send` as
/// the end. Chromium throws the exception only; Firefox and Safari do both, so `onerror` would be
/// called again with the struct that it has freed.
///
/// # Errors
/// As [`start`](super::start).
///
/// # Safety
/// The conditions of [`emscripten_fetch`](super::emscripten_fetch). This thread may block.
pub(crate) unsafe fn start_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<(*mut emscripten_fetch_t, bool), Exception> {
    // SAFETY: the caller guarantees live attributes.
    let timeout_ms = unsafe { (*attr).timeoutMSecs };
    let timeout_ms = c_int::try_from(timeout_ms).unwrap_or(c_int::MAX);
    let mut late = 0;
    // SAFETY: the caller gives the same guarantees, and `late` lives through the call.
    let fetch = caught(attr, |lost| unsafe {
        fetch_runtime_synchronous(attr, url, lost, timeout_ms, &mut late)
    })?;
    Ok((fetch, late != 0))
}

//! What programs with pthreads can do besides: a thread that is not the browser's main one may wait
//! for a fetch.

use core::ffi::{c_char, c_int};

use super::caught;
use crate::sys::{Exception, emscripten_fetch_attr_t, emscripten_fetch_t};

unsafe extern "C" {
    fn emscripten_is_main_browser_thread() -> c_int;
}

javascript! {
    // threads.c
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
    // SAFETY: it touches nothing of ours.
    unsafe { emscripten_is_main_browser_thread() == 0 }
}

/// Starts a synchronous fetch, and answers whether its time was over. Nothing else runs meanwhile
/// on this thread.
///
/// Upstream ignores its timeout. And it takes both an `error` event and an exception of `send` for
/// the end: Chromium has but the exception, Firefox and Safari have both, so that `onerror` would
/// be called again with what it has freed.
///
/// # Errors
/// As [`start`](super::start).
///
/// # Safety
/// As for [`emscripten_fetch`]; this thread may block.
pub(crate) unsafe fn start_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<(*mut emscripten_fetch_t, bool), Exception> {
    // SAFETY: the caller guarantees that it is live.
    let timeout_ms = unsafe { (*attr).timeoutMSecs };
    let timeout_ms = c_int::try_from(timeout_ms).unwrap_or(c_int::MAX);
    let mut late = 0;
    // SAFETY: the caller's guarantee is the same; `late` lives through the call.
    let fetch = caught(attr, |lost| unsafe {
        fetch_runtime_synchronous(attr, url, lost, timeout_ms, &mut late)
    })?;
    Ok((fetch, late != 0))
}

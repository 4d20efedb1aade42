//! Uploads: the progress of a request's body, which upstream does not pass on.

use core::ffi::{c_char, c_int};

use super::caught;
use crate::sys::{Exception, emscripten_fetch_attr_t, emscripten_fetch_t};

javascript! {
    // upload.c
    fn fetch_runtime_upload_is_supported() -> c_int;
    fn fetch_runtime_upload(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
        lost: *mut *mut u8,
    ) -> *mut emscripten_fetch_t;
}

/// Whether the host reports uploads. Upstream's `FetchXHR` does not, which stands in for
/// `XMLHttpRequest` in Node.
pub(crate) fn fetch_upload_supported() -> bool {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_upload_is_supported() != 0 }
}

/// Calls [`emscripten_fetch`](super::emscripten_fetch), and has `onprogress` called as the
/// request's body leaves, too. The `readyState` of the fetch is then `OPENED`.
///
/// # Errors
/// As [`start`](super::start).
///
/// # Safety
/// The conditions of [`emscripten_fetch`](super::emscripten_fetch).
pub(crate) unsafe fn start_upload(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller gives the same guarantees.
    caught(attr, |lost| unsafe { fetch_runtime_upload(attr, url, lost) })
}

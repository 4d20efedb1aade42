//! What programs with pthreads can do besides: a thread that is not the browser's main one may wait for a fetch.

use core::ffi::{c_char, c_int};

use super::emscripten_fetch;
use crate::sys::{emscripten_fetch_attr_t, emscripten_fetch_t};

unsafe extern "C" {
    fn emscripten_is_main_browser_thread() -> c_int;
}

em_js! {
    __em_js__fetch_runtime_synchronous: "int timeout" "{\
        var of=XMLHttpRequest.prototype,send=of.send;\
        if(timeout)\
            (of.send=function f(body){\
                this.timeout=timeout;\
                try{\
                    send.call(this,body)\
                }catch(e){\
                    f.late=e.name=='TimeoutError';\
                    throw e\
                }\
            }).of=send;\
        else of.send=send.of;\
        return send.late|0\
    }" => fn fetch_runtime_synchronous(timeout: c_int) -> c_int;
}

/// Whether this thread may wait for a synchronous fetch.
pub(crate) fn may_block() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { emscripten_is_main_browser_thread() == 0 }
}

/// Starts a synchronous fetch with a timeout, which upstream ignores, and answers whether its time was over. Nothing else
/// runs meanwhile on this thread.
///
/// # Safety
/// As for [`emscripten_fetch`]; this thread may block.
pub(crate) unsafe fn emscripten_fetch_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> (*mut emscripten_fetch_t, bool) {
    // SAFETY: the caller guarantees that it is live.
    let timeout_ms = unsafe { (*attr).timeoutMSecs };
    let timeout_ms = c_int::try_from(timeout_ms).unwrap_or(c_int::MAX);
    if timeout_ms == 0 {
        // SAFETY: the caller's guarantee is the same.
        return (unsafe { emscripten_fetch(attr, url) }, false);
    }
    // SAFETY: it touches nothing of ours, and is undone below.
    unsafe { fetch_runtime_synchronous(timeout_ms) };
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { emscripten_fetch(attr, url) };
    // SAFETY: it touches nothing of ours.
    (fetch, unsafe { fetch_runtime_synchronous(0) != 0 })
}

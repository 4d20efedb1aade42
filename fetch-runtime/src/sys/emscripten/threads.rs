//! What programs with pthreads can do besides: a thread that is not the browser's main one may wait for a fetch.

use core::ffi::{c_char, c_int};

use super::emscripten_fetch;
use crate::sys::{emscripten_fetch_attr_t, emscripten_fetch_t};

unsafe extern "C" {
    fn emscripten_is_main_browser_thread() -> c_int;
}

em_js! {
    __em_js__fetch_runtime_synchronous: "int timeout" "{\
        var of=XMLHttpRequest.prototype,send=of.send.of||of.send;\
        of.send=send;\
        if(timeout>=0){\
            Fetch.late=0;\
            (of.send=function(body){\
                of.send=send;\
                this.timeout=timeout;\
                this.onerror=this.ontimeout=null;\
                try{\
                    send.call(this,body)\
                }catch(e){\
                    Fetch.late=+(e.name=='TimeoutError');\
                    throw e\
                }\
            }).of=send\
        }\
        return Fetch.late\
    }" => fn fetch_runtime_synchronous(timeout: c_int) -> c_int;
}

/// Whether this thread may wait for a synchronous fetch.
pub(crate) fn may_block() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { emscripten_is_main_browser_thread() == 0 }
}

/// Starts a synchronous fetch, and answers whether its time was over. Nothing else runs meanwhile on this thread.
///
/// Upstream ignores its timeout. And it takes both an `error` event and an exception of `send` for the end: Chromium has but
/// the exception, Firefox and Safari have both, so that `onerror` would be called again with what it has freed.
///
/// # Safety
/// As for [`emscripten_fetch`]; this thread may block.
pub(crate) unsafe fn emscripten_fetch_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> (*mut emscripten_fetch_t, bool) {
    // SAFETY: the caller guarantees that it is live.
    let timeout_ms = unsafe { (*attr).timeoutMSecs };
    // SAFETY: it touches nothing of ours; it is undone by the `send` that it is for, at the latest below.
    unsafe { fetch_runtime_synchronous(c_int::try_from(timeout_ms).unwrap_or(c_int::MAX)) };
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { emscripten_fetch(attr, url) };
    // SAFETY: it touches nothing of ours.
    (fetch, unsafe { fetch_runtime_synchronous(-1) != 0 })
}

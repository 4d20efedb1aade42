//! Stands in for `threads` in programs without pthreads: nobody waits there.

use core::ffi::c_char;

use crate::sys::{Exception, emscripten_fetch_attr_t, emscripten_fetch_t};

pub(crate) const fn may_block() -> bool {
    false
}

/// Never called, as nobody may.
pub(crate) unsafe fn start_synchronous(
    _: *mut emscripten_fetch_attr_t,
    _: *const c_char,
) -> Result<(*mut emscripten_fetch_t, bool), Exception> {
    Err(Exception { fetch: None })
}

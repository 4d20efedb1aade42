//! The stand-in for `threads` in programs without pthreads, which cannot block.

use core::ffi::c_char;

use crate::sys::{Exception, emscripten_fetch_attr_t, emscripten_fetch_t};

pub(crate) const fn may_block() -> bool {
    false
}

/// Never called, because [`may_block`] returns false.
pub(crate) unsafe fn start_synchronous(
    _: *mut emscripten_fetch_attr_t,
    _: *const c_char,
) -> Result<(*mut emscripten_fetch_t, bool), Exception> {
    Err(Exception { fetch: None })
}

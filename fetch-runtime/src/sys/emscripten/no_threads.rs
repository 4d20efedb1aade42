//! Stands in for `threads` in programs without pthreads: nobody waits there.

use core::ffi::c_char;
use core::ptr;

use crate::sys::{emscripten_fetch_attr_t, emscripten_fetch_t};

pub(crate) const fn may_block() -> bool {
    false
}

/// Never called, as nobody may.
pub(crate) unsafe fn emscripten_fetch_synchronous(
    _: *mut emscripten_fetch_attr_t,
    _: *const c_char,
) -> (*mut emscripten_fetch_t, bool) {
    (ptr::null_mut(), false)
}

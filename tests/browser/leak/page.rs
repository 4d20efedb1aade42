//! The end of the heap, and the page around the program.

use std::ffi::{CStr, c_char, c_int, c_void};

unsafe extern "C" {
    fn sbrk(increment: isize) -> *mut c_void;
    fn emscripten_run_script_int(script: *const c_char) -> c_int;
}

/// Where the heap ends. It never shrinks, so this is its peak.
pub(crate) fn heap_end() -> usize {
    // SAFETY: it moves nothing.
    unsafe { sbrk(0) }.addr()
}

/// What a JS expression is.
pub(crate) fn js(script: &CStr) -> i32 {
    // SAFETY: it is a live C string, and the scripts here touch nothing of Rust's.
    unsafe { emscripten_run_script_int(script.as_ptr()) }
}

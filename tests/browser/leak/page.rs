//! The figures of the program's memory, and the page around it.

use std::ffi::{CStr, c_char, c_int, c_void};

/// dlmalloc's figures, in bytes.
#[repr(C)]
struct MallInfo {
    arena: c_int,
    chunks: [c_int; 6],
    uordblks: c_int,
    fordblks: c_int,
    keepcost: c_int,
}

unsafe extern "C" {
    fn mallinfo() -> MallInfo;
    fn sbrk(increment: isize) -> *mut c_void;
    fn emscripten_run_script_int(script: *const c_char) -> c_int;
}

/// What malloc has given out and free has not got back.
pub(crate) fn in_use() -> i64 {
    // SAFETY: it only reads.
    unsafe { mallinfo() }.uordblks.into()
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

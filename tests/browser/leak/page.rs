//! The page around the program.

use std::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    fn emscripten_run_script_int(script: *const c_char) -> c_int;
}

/// The value of a JS expression.
pub(crate) fn js(script: &CStr) -> i32 {
    // SAFETY: it is a live C string, and these scripts touch nothing of Rust's.
    unsafe { emscripten_run_script_int(script.as_ptr()) }
}

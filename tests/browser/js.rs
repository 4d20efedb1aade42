//! A little JS, through functions of Emscripten that take source text.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};

// Functions that JS exceptions may pass through: `exit` throws one, and the start of a main loop.
unsafe extern "C-unwind" {
    fn emscripten_run_script(source: *const c_char);
    fn emscripten_run_script_string(source: *const c_char) -> *const c_char;
    fn emscripten_async_call(
        function: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
        millis: c_int,
    );
    fn emscripten_set_main_loop(
        function: unsafe extern "C-unwind" fn(),
        fps: c_int,
        simulate_infinite_loop: bool,
    );
    fn emscripten_cancel_main_loop();
    #[cfg(target_feature = "atomics")]
    fn emscripten_runtime_keepalive_push();
}

/// Has the program go on when main has returned.
#[cfg(target_feature = "atomics")]
pub(crate) fn keep_alive() {
    // SAFETY: nothing is asked of the caller.
    unsafe { emscripten_runtime_keepalive_push() };
}

/// Runs a script.
pub(crate) fn run(source: &str) {
    let source = CString::new(source).expect("a script has no NUL");
    // SAFETY: a live C string.
    unsafe { emscripten_run_script(source.as_ptr()) };
}

/// The value of an expression, as a string.
pub(crate) fn evaluate(source: &str) -> String {
    let source = CString::new(source).expect("a script has no NUL");
    // SAFETY: a live C string.
    let value = unsafe { emscripten_run_script_string(source.as_ptr()) };
    if value.is_null() {
        return String::new();
    }
    // SAFETY: Emscripten keeps it until the next call.
    unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned()
}

/// Whether this is a worker: a pthread, or the worker that the program runs in.
pub(crate) fn is_worker() -> bool {
    evaluate("typeof window") == "undefined"
}

/// Calls a function when that many milliseconds have passed.
pub(crate) fn later(function: unsafe extern "C-unwind" fn(*mut c_void), millis: c_int) {
    // SAFETY: it takes no argument.
    unsafe { emscripten_async_call(function, std::ptr::null_mut(), millis) };
}

/// Starts a main loop as games do: it does not return.
pub(crate) fn main_loop(function: unsafe extern "C-unwind" fn()) -> ! {
    // SAFETY: the function may be called at any time.
    unsafe { emscripten_set_main_loop(function, 0, true) };
    unreachable!("simulating an infinite loop unwinds the stack by a JS exception")
}

/// Ends it.
pub(crate) fn end_main_loop() {
    // SAFETY: nothing is asked of the caller.
    unsafe { emscripten_cancel_main_loop() };
}

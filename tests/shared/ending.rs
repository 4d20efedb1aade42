//! The end of a program that runs in callbacks: only its own `exit` ends it.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

/// One for all threads: any of them may end the program.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// From now on the program fails if the runtime exits by itself, because it counts no event that is
/// still to come.
#[cfg(target_os = "emscripten")]
pub fn only_by_exit() {
    use std::ffi::c_int;

    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> c_int;
    }

    extern "C" fn at_exit() {
        if !IS_OVER.load(Ordering::Relaxed) {
            eprintln!("the runtime exits, and the program is not over");
            std::process::abort();
        }
    }

    // SAFETY: a function, which may be called once at the end.
    unsafe { atexit(at_exit) };
}

/// Ends the program.
pub fn exit(status: i32) -> ! {
    IS_OVER.store(true, Ordering::Relaxed);
    std::process::exit(status)
}

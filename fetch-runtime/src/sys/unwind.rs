//! Gives C the functions that it calls back.
#![allow(unsafe_code)]

/// A function of ours, as C takes it.
///
/// No Rust panic leaves one, but a JS exception may pass through: a handler that starts a main
/// loop, or calls `exit`, throws one. Where exceptions are WebAssembly's own, an `extern "C"`
/// function would abort then.
pub const fn callback<T>(
    function: unsafe extern "C-unwind" fn(*mut T),
) -> unsafe extern "C" fn(*mut T) {
    // SAFETY: the two ABIs differ only in what may unwind, and only C calls the result.
    unsafe {
        core::mem::transmute::<unsafe extern "C-unwind" fn(*mut T), unsafe extern "C" fn(*mut T)>(
            function,
        )
    }
}

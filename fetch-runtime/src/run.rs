//! Lets callbacks run.

/// Natively, runs the callbacks of this thread's requests until nothing is in flight. On the web it
/// returns at once: there, the browser runs them when the program has returned to it.
///
/// A call from inside a handler returns at once, too. So does a call in the destructors of a
/// thread's thread-locals, when its requests are gone; and a call in a process that was forked from
/// one that had started requests: they are the parent's.
///
/// # Panics
/// Natively, if a handler panics or returns an error: with that panic, when its request has been
/// cleaned up. What else is in flight goes on with the next call.
///
/// ```
/// fetch_runtime::run(); // nothing is in flight
/// ```
pub fn run() {
    #[cfg(not(target_os = "emscripten"))]
    crate::sys::backend::run(crate::panic::resume);
}

/// Natively, runs the callbacks that are due, without waiting for more: once a frame, in a game's
/// loop. On the web it does nothing.
///
/// # Panics
/// As [`run`] does.
///
/// ```
/// fetch_runtime::poll();
/// ```
pub fn poll() {
    #[cfg(not(target_os = "emscripten"))]
    crate::sys::backend::poll(crate::panic::resume);
}

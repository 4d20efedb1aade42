//! The event loop, as the program sees it.

/// Runs the callbacks of this thread's requests and its [tasks](crate::spawn_local) until all of
/// them are over. On the web, it runs the tasks that are ready and returns: the browser runs the
/// callbacks and tasks after the program has returned to it.
///
/// On the desktop, three calls return at once as well:
/// - a call from inside a handler;
/// - a call from the destructor of a thread-local, when the thread's requests are gone;
/// - a call in a forked process whose parent had started requests, which stay the parent's.
///
/// # Panics
/// On the desktop, if a handler panics or returns an error. The panic continues after the request
/// has been cleaned up. The next call runs the other requests in flight.
///
/// ```
/// fetch_runtime::run(); // nothing is in flight
/// ```
pub fn run() {
    #[cfg(not(target_os = "emscripten"))]
    crate::sys::backend::run(crate::panic::resume);
    #[cfg(target_os = "emscripten")]
    crate::task::hooks::resume(std::task::Waker::noop().clone());
}

/// Runs the callbacks that are due, and does not wait for more. A game's loop calls it once per
/// frame. On the web, it runs the [tasks](crate::spawn_local) that are ready.
///
/// # Panics
/// As [`run`].
///
/// ```
/// fetch_runtime::poll();
/// ```
pub fn poll() {
    #[cfg(not(target_os = "emscripten"))]
    crate::sys::backend::poll(crate::panic::resume);
    #[cfg(target_os = "emscripten")]
    crate::task::hooks::resume(std::task::Waker::noop().clone());
}

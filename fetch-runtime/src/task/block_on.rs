//! Waits for a future: [`block_on`].

use std::pin::pin;

use crate::StartError;

#[cfg(not(target_os = "emscripten"))]
#[path = "block_on/event_loop.rs"]
mod wait;
#[cfg(target_os = "emscripten")]
#[path = "block_on/blocked.rs"]
mod wait;

/// Runs a future on this thread until it is ready, and returns its output.
///
/// On the desktop, the callbacks of the thread's other requests run meanwhile, and so do its
/// [spawned](crate::spawn_local) tasks.
///
/// On the web, only a worker may wait: a program in a dedicated worker, and pthreads. Its event
/// loop does not turn meanwhile: each request that the future awaits is sent by
/// [`send_blocking`](crate::Request::send_blocking), with the same limits, one after the other; no
/// callback of another request runs.
///
/// # Errors
/// [`WouldBlock`](StartError::WouldBlock) on the browser's main thread, which must not block, and
/// on the desktop inside a handler, a task or another callback.
///
/// # Panics
/// As [`run`](crate::run()), and if the future panics.
///
/// ```
/// use fetch_runtime::{block_on, fetch};
///
/// let response = block_on(fetch!(GET "data:,hello"))??;
/// assert_eq!(response.text(), "hello");
/// # Ok::<(), fetch_runtime::StartError>(())
/// ```
pub fn block_on<F: IntoFuture>(future: F) -> Result<F::Output, StartError> {
    let future = pin!(future.into_future());
    wait::block_on(future)
}

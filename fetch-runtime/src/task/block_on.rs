//! Waits for a future: [`block_on`].

use std::pin::pin;

use crate::StartError;

#[path = "block_on/interrupt.rs"]
mod interrupt;
#[cfg(target_os = "emscripten")]
#[path = "block_on/suspended.rs"]
mod suspended;
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
/// So they do on the browser's main thread, in the `main` of a program that is linked with
/// [`-sJSPI`](crate::guide::linking#jspi).
///
/// A worker of the web may wait as well: a program in a dedicated worker, and pthreads. Its event
/// loop does not turn meanwhile: each request that the future awaits is sent by
/// [`send_blocking`](crate::Request::send_blocking), with the same limits, one after the other; no
/// callback of another request runs.
///
/// # Errors
/// [`WouldBlock`](StartError::WouldBlock) where the thread must not wait:
/// - on the desktop, inside a handler, a task or another callback;
/// - on the browser's main thread, there as well, and everywhere without JSPI.
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

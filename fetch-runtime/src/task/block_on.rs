//! Waits for a future: [`block_on`].

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::sys::backend;
use crate::{StartError, panic};

/// Runs a future on this thread until it is ready, and returns its output. Meanwhile, the callbacks
/// of the thread's other requests and its [spawned](crate::spawn_local) tasks run as well.
///
/// # Errors
/// [`WouldBlock`](StartError::WouldBlock) on the browser's main thread, which must not block, and
/// inside a handler, a task or another callback.
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
    let signal = Arc::new(Signal {
        is_woken: AtomicBool::new(false),
        thread: backend::ThreadHandle::current(),
    });
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future.into_future());
    let main = || match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    };
    backend::run_until(main, || signal.is_woken.swap(false, Ordering::AcqRel), panic::resume)
        .ok_or(StartError::WouldBlock)
}

struct Signal {
    is_woken: AtomicBool,
    thread: backend::ThreadHandle,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::AcqRel) && !self.thread.is_current() {
            self.thread.interrupt();
        }
    }
}

//! On the desktop: turns the event loop until the future is ready.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::sys::backend;
use crate::{StartError, panic};

pub(super) fn block_on<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, StartError> {
    let signal = Arc::new(Signal {
        is_woken: AtomicBool::new(false),
        thread: backend::ThreadHandle::current(),
    });
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
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
        // The thread itself looks after each callback.
        if !self.is_woken.swap(true, Ordering::AcqRel) && !self.thread.is_current() {
            self.thread.interrupt();
        }
    }
}

//! On the web: the thread is blocked, and sends requests synchronously.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::StartError;
use crate::sys::backend;
use crate::task::executor::run_ready;
use crate::task::hooks::{self, Blocked};

static BLOCKED: Blocked = Blocked { send: crate::Request::send_blocking, sleep: thread::sleep };

pub(super) fn block_on<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, StartError> {
    if !backend::may_block() {
        return Err(StartError::WouldBlock);
    }
    let _blocked = Guard(hooks::set_blocked(Some(&BLOCKED)));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
        // The event loop, which runs the tasks otherwise, does not turn.
        if !run_ready() {
            thread::park();
        }
    }
}

/// Its drop ends the wait: also if the future panics.
struct Guard(Option<&'static Blocked>);

impl Drop for Guard {
    fn drop(&mut self) {
        hooks::set_blocked(self.0);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

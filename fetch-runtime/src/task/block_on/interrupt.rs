//! A waker that interrupts the wait of a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use crate::sys::backend::ThreadHandle;

pub(super) struct Signal {
    is_woken: AtomicBool,
    thread: ThreadHandle,
}

impl Signal {
    /// For the future that the current thread waits for.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { is_woken: AtomicBool::new(false), thread: ThreadHandle::current() })
    }

    /// Whether the future was woken since the last call.
    pub(super) fn take(&self) -> bool {
        self.is_woken.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            self.thread.interrupt();
        }
    }
}

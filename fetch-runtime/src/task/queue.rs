//! The queue of the tasks that are ready to go on.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use crate::sys::backend::ThreadHandle;
use crate::sys::unwind::callback;

/// Names a task by its place in the executor's list. A later task may take the same place; a wake
/// that was meant for the earlier one does it no harm.
pub(super) type Place = usize;

/// The queue of one thread's executor. Any thread can wake its tasks.
pub(super) struct Queue {
    ready: Mutex<Vec<Place>>,
    /// Whether the event loop is to run the tasks.
    is_scheduled: AtomicBool,
    thread: ThreadHandle,
    run: unsafe extern "C-unwind" fn(*mut std::ffi::c_void),
}

impl Queue {
    /// `run` is called by this thread's event loop when there are tasks that are ready.
    pub(super) fn new(run: unsafe extern "C-unwind" fn(*mut std::ffi::c_void)) -> Self {
        Self {
            ready: Mutex::default(),
            is_scheduled: AtomicBool::new(false),
            thread: ThreadHandle::current(),
            run,
        }
    }

    /// The waker of a task.
    pub(super) fn waker(self: &Arc<Self>, task: Place) -> Waker {
        Waker::from(Arc::new(TaskWaker { task, queue: Arc::clone(self) }))
    }

    /// Takes the tasks that are ready, in the order in which they were woken. From now on, a wake
    /// schedules another run.
    pub(super) fn take(&self) -> Vec<Place> {
        self.is_scheduled.store(false, Ordering::Release);
        mem::take(&mut *self.ready.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps wakes from scheduling a run, which follows at once.
    pub(super) fn hold(&self) {
        self.is_scheduled.store(true, Ordering::Release);
    }

    pub(super) fn push(&self, task: Place) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        if !self.is_scheduled.swap(true, Ordering::AcqRel) {
            self.thread.post(callback(self.run));
        }
    }
}

struct TaskWaker {
    task: Place,
    queue: Arc<Queue>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue.push(self.task);
    }
}

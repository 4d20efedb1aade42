//! The queue of the tasks that are ready to go on.

use std::ffi::c_void;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use crate::sys::backend::ThreadHandle;
use crate::sys::unwind::callback;
use crate::sys::{Owned, Shared};

/// Names a task by its place in the executor's list. A later task may take the same place; a wake
/// that was meant for the earlier one does it no harm.
pub(super) type Place = usize;

/// The queue of one thread's executor. Any thread can wake its tasks.
pub(super) struct Queue {
    state: Shared<State>,
    thread: ThreadHandle,
    run: extern "C-unwind" fn(*mut c_void),
}

#[derive(Default)]
struct State {
    /// A linked list, so that a wake allocates nothing. The newest comes first.
    ready: Option<Arc<TaskWaker>>,
    /// Whether the event loop is to run the tasks.
    is_scheduled: bool,
    is_closed: bool,
}

/// The waker of a task, which can be in the queue once.
struct TaskWaker {
    task: Place,
    queue: Owned<Queue>,
    /// Whether it is in the queue.
    is_ready: AtomicBool,
    next: Shared<Option<Arc<TaskWaker>>>,
}

/// Tasks that are ready, in the order in which they were woken.
pub(super) struct Ready(Option<Arc<TaskWaker>>);

impl Queue {
    /// `run` is called by this thread's event loop when there are tasks that are ready.
    pub(super) fn new(run: extern "C-unwind" fn(*mut c_void)) -> Self {
        Self { state: Shared::default(), thread: ThreadHandle::current(), run }
    }

    /// The waker of a task.
    pub(super) fn waker(queue: &Owned<Self>, task: Place) -> Waker {
        Waker::from(Arc::new(TaskWaker {
            task,
            queue: Owned::clone(queue),
            is_ready: AtomicBool::new(false),
            next: Shared::default(),
        }))
    }

    /// Takes the tasks that are ready. From now on, a wake schedules another run.
    pub(super) fn take(&self) -> Ready {
        let mut newest = self.state.with(|state| {
            state.is_scheduled = false;
            state.ready.take()
        });
        let mut ready = None;
        while let Some(waker) = newest {
            newest = waker.next.with(|next| mem::replace(next, ready));
            ready = Some(waker);
        }
        Ready(ready)
    }

    /// Forgets all tasks: from now on, a wake does nothing.
    pub(super) fn close(&self) {
        self.state.with(|state| state.is_closed = true);
        // One by one: a long list would be dropped recursively.
        self.take().for_each(drop);
    }

    /// Keeps wakes from scheduling a run, which follows at once.
    pub(super) fn hold(&self) {
        self.state.with(|state| state.is_scheduled = true);
    }
}

impl Iterator for Ready {
    type Item = Place;

    /// The next task. From now on, it can be woken again.
    fn next(&mut self) -> Option<Place> {
        let waker = self.0.take()?;
        self.0 = waker.next.with(mem::take);
        waker.is_ready.store(false, Ordering::Release);
        Some(waker.task)
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if self.is_ready.swap(true, Ordering::AcqRel) {
            return;
        }
        let queue = Owned::clone(&self.queue);
        let is_scheduled = queue.state.with(|state| {
            if state.is_closed {
                return true;
            }
            self.next.with(|next| *next = state.ready.take());
            state.ready = Some(self);
            mem::replace(&mut state.is_scheduled, true)
        });
        if !is_scheduled {
            queue.thread.post(callback(queue.run));
        }
    }
}

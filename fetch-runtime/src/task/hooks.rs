//! Hooks: the parts of the executor that futures use, if the program links it.

use std::cell::Cell;
use std::task::Waker;

thread_local! {
    static RESUME: Cell<Option<fn(Waker)>> = const { Cell::new(None) };
}

/// Sets the function that runs the tasks of this thread's executor, once `waker` is woken.
pub(super) fn set_resume(resume: fn(Waker)) {
    let _ = RESUME.try_with(|hook| hook.set(Some(resume)));
}

/// Wakes a task from a callback of the event loop. A task of this thread's executor goes on at
/// once, in that same callback.
pub(crate) fn resume(waker: Waker) {
    match RESUME.try_with(Cell::get).ok().flatten() {
        Some(resume) => resume(waker),
        None => waker.wake(),
    }
}

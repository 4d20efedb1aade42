//! Hooks: the parts of the executor that futures use, if the program links them.

use std::cell::Cell;
use std::task::Waker;
#[cfg(target_os = "emscripten")]
use std::time::Instant;

#[cfg(target_os = "emscripten")]
use crate::{Request, Response, StartError};

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

/// The functions that futures call on a thread that `block_on` blocks.
#[cfg(target_os = "emscripten")]
pub(crate) struct Blocked {
    pub(crate) send: fn(Request) -> Result<Response, StartError>,
    /// Has a task woken at this time.
    pub(super) wake_at: fn(Instant, &Waker),
}

#[cfg(target_os = "emscripten")]
thread_local! {
    static BLOCKED: Cell<Option<&'static Blocked>> = const { Cell::new(None) };
}

/// Says whether this thread is blocked. Returns what was said before.
#[cfg(target_os = "emscripten")]
pub(super) fn set_blocked(blocked: Option<&'static Blocked>) -> Option<&'static Blocked> {
    BLOCKED.replace(blocked)
}

/// The functions for a blocked thread, if this thread is blocked.
#[cfg(target_os = "emscripten")]
pub(crate) fn blocked() -> Option<&'static Blocked> {
    BLOCKED.try_with(Cell::get).ok().flatten()
}

//! Timers: code that the event loop runs later.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::time::Duration;

use crate::sys::backend;
use crate::sys::unwind::callback;

/// The longest time that a timer of JS waits, in milliseconds. With more, it does not wait at all.
pub(crate) const LONGEST_MS: u32 = i32::MAX.unsigned_abs();

/// A timer that is so late was not let in: the page was hidden or frozen, or its thread was busy.
pub(crate) const LATE: Duration = Duration::from_millis(100);

/// How long events from before a late timer may take until this thread has handled them, in
/// milliseconds.
pub(crate) const GRACE_MS: u32 = 1000;

type Task = Box<dyn FnOnce()>;

/// A task that waits for its time. If the timer is dropped before, the task does not run.
pub(crate) struct Timer {
    id: c_int,
    state: Rc<TimerState>,
}

/// Empty when the time has come. C has given up its count by then.
type TimerState = Cell<Option<Task>>;

/// Runs `task` on this thread, from the event loop, when that many milliseconds have passed. The
/// task must catch its own panics.
pub(crate) fn set_timer(ms: u32, task: impl FnOnce() + 'static) -> Timer {
    let state: Rc<TimerState> = Rc::new(Cell::new(Some(Box::new(task))));
    let for_c = Rc::into_raw(Rc::clone(&state)).cast_mut().cast();
    // SAFETY: `expire` takes the count back, and C calls it once, unless the timer is cleared.
    let id = unsafe { backend::emscripten_set_timeout(callback(expire), ms.into(), for_c) };
    Timer { id, state }
}

/// # Safety
/// `state` comes from [`set_timer`], and this is its only call.
unsafe extern "C-unwind" fn expire(state: *mut c_void) {
    // SAFETY: `set_timer` made it by `Rc::into_raw`, and this is the only call.
    let state = unsafe { Rc::from_raw(state.cast_const().cast::<TimerState>()) };
    let task = state.take();
    // Before the task, which may never return.
    drop(state);
    if let Some(task) = task {
        task();
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(task) = self.state.take() else { return };
        drop(task);
        // SAFETY: the task has not run, so the id is that of a timer which is still to come.
        unsafe { backend::emscripten_clear_timeout(self.id) };
        // Upstream counts a timer as a reason to stay alive, and forgets to uncount a cleared one.
        backend::keep_alive(-1);
        // SAFETY: C held this count, and does not call any more.
        unsafe { Rc::decrement_strong_count(Rc::as_ptr(&self.state)) };
    }
}

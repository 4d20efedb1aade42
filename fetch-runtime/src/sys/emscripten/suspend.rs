//! Suspended stacks. JavaScript Promise Integration (JSPI) lets the event loop turn while a stack
//! waits.

use core::cell::Cell;
use core::ffi::{c_int, c_void};

use super::{ThreadHandle, hold, release};
use crate::sys::unwind::callback;

javascript! {
    // suspend.c
    fn fetch_runtime_suspend(at_once: c_int) -> c_int;
    fn fetch_runtime_resume();
}

thread_local! {
    static IS_SUSPENDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the current stack can be suspended. It is, for a microtask.
pub(crate) fn may_suspend() -> bool {
    suspend_until(true)
}

/// Suspends the current stack until the next call of [`resume`]. Returns false if it cannot be
/// suspended.
pub(crate) fn suspend() -> bool {
    suspend_until(false)
}

fn suspend_until(at_once: bool) -> bool {
    // All stacks of JS share the memory of one C stack. Of two that are suspended, the first that
    // goes on would overwrite the other.
    if IS_SUSPENDED.replace(true) {
        return false;
    }
    hold();
    // SAFETY: it touches no memory of the program. Meanwhile, JS may call the program. Such a call
    // uses the C stack below this frame, and has ended before this stack goes on.
    let has_gone_on = unsafe { fetch_runtime_suspend(at_once.into()) } != 0;
    release();
    IS_SUSPENDED.set(false);
    has_gone_on
}

impl ThreadHandle {
    /// Lets the thread's suspended stack go on.
    pub(crate) fn interrupt(&self) {
        extern "C-unwind" fn on_turn(_: *mut c_void) {
            resume();
        }
        if !self.post_to_another(callback(on_turn)) {
            resume();
        }
    }
}

/// Lets the suspended stack of this thread go on, when the current callback has returned.
pub(crate) fn resume() {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_resume() };
}

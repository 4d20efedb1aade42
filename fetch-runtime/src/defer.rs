//! Runs code from the event loop, when what runs now has returned.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;

use crate::sys::backend;

type Task = Box<dyn FnOnce()>;

/// Runs `task` on this thread, when that many milliseconds have passed and what runs now has
/// returned. It must contain its panics itself.
pub(crate) fn defer(ms: u16, task: impl FnOnce() + 'static) {
    let task: Box<Task> = Box::new(Box::new(task));
    // SAFETY: `call` takes the box back, and is called once.
    unsafe {
        backend::emscripten_set_timeout(callback(call), ms.into(), Box::into_raw(task).cast())
    };
}

type Call = unsafe extern "C-unwind" fn(*mut c_void);

/// As C takes it: a JS exception may pass through, as through a trampoline.
fn callback(call: Call) -> unsafe extern "C" fn(*mut c_void) {
    // SAFETY: the two ABIs differ in nothing but what may unwind; only C calls it.
    unsafe { std::mem::transmute::<Call, unsafe extern "C" fn(*mut c_void)>(call) }
}

/// # Safety
/// `task` comes from `defer`, and this is its only call.
unsafe extern "C-unwind" fn call(task: *mut c_void) {
    // SAFETY: `defer` made it by `Box::into_raw`, and this is the only call.
    let task = unsafe { Box::from_raw(task.cast::<Task>()) };
    task();
}

/// A task for later. Dropped before, it is not run.
pub(crate) struct Timer {
    id: c_int,
    scheduled: Rc<Scheduled>,
}

struct Scheduled {
    /// Taken when its time has come: then C has given its count up.
    task: Cell<Option<Task>>,
}

/// Runs `task` on this thread, from the event loop, when that many milliseconds have passed. It
/// must contain its panics itself.
pub(crate) fn schedule(ms: u32, task: impl FnOnce() + 'static) -> Timer {
    let scheduled = Rc::new(Scheduled { task: Cell::new(Some(Box::new(task))) });
    let for_c = Rc::into_raw(Rc::clone(&scheduled)).cast_mut().cast();
    // SAFETY: `run` takes the count back, and is called once, unless it is cleared.
    let id = unsafe { backend::emscripten_set_timeout(callback(run), ms.into(), for_c) };
    Timer { id, scheduled }
}

/// # Safety
/// `scheduled` comes from `schedule`, and this is its only call.
unsafe extern "C-unwind" fn run(scheduled: *mut c_void) {
    // SAFETY: `schedule` made it by `Rc::into_raw`, and this is the only call.
    let scheduled = unsafe { Rc::from_raw(scheduled.cast_const().cast::<Scheduled>()) };
    if let Some(task) = scheduled.task.take() {
        task();
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(task) = self.scheduled.task.take() else { return };
        drop(task);
        // SAFETY: it has not run: the id is that of a timer which is still to come.
        unsafe { backend::emscripten_clear_timeout(self.id) };
        // Upstream counts a timer that was set as a reason to stay alive, and forgets about one
        // that was cleared.
        backend::keep_alive(-1);
        // SAFETY: C held this count, and will not call any more.
        unsafe { Rc::decrement_strong_count(Rc::as_ptr(&self.scheduled)) };
    }
}

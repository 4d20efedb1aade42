//! Runs code from the event loop, when what runs now has returned.
#![allow(unsafe_code)]

use std::ffi::c_void;

use crate::sys::backend;

type Task = Box<dyn FnOnce()>;

/// Runs `task` on this thread, when that many milliseconds have passed and what runs now has returned. It must
/// contain its panics itself.
pub(crate) fn defer(ms: u16, task: impl FnOnce() + 'static) {
    let task: Box<Task> = Box::new(Box::new(task));
    // SAFETY: `call` takes the box back, and is called once.
    unsafe { backend::emscripten_set_timeout(callback(call), ms.into(), Box::into_raw(task).cast()) };
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

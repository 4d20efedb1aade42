//! Tasks, as the event loop sees them: they post calls to it, and keep the runtime alive.

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::task::Waker;
#[cfg(emscripten_threads)]
use std::{
    alloc::{Layout, handle_alloc_error},
    sync::Arc,
};

#[cfg(emscripten_threads)]
use super::threads::Thread;
use super::{emscripten_fetch_t, emscripten_set_timeout, keep_alive};

/// A function that the event loop calls with null.
type Function = unsafe extern "C" fn(*mut c_void);

/// A future that waits for the event loop, which JavaScript turns by itself.
pub(crate) struct Waiting;

impl Waiting {
    /// # Safety
    /// None.
    pub(crate) unsafe fn for_fetch(_: Option<NonNull<emscripten_fetch_t>>) -> Self {
        Self
    }

    /// # Safety
    /// None.
    pub(crate) unsafe fn follow(&self, _: Option<NonNull<emscripten_fetch_t>>) {}

    pub(crate) fn for_timer() -> Self {
        Self
    }

    /// JavaScript turns its event loop when the program has returned to it.
    pub(crate) fn turn(&self, _: &Waker, _: impl FnMut()) -> bool {
        false
    }

    pub(crate) fn end(&self) {}
}

/// A thread, as others address it.
pub(crate) struct ThreadHandle {
    #[cfg(emscripten_threads)]
    thread: Arc<Thread>,
}

impl ThreadHandle {
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(emscripten_threads)]
            thread: Thread::current()
                .unwrap_or_else(|| handle_alloc_error(Layout::new::<Thread>())),
        }
    }

    /// Has the thread's event loop call `function` with null.
    pub(crate) fn post(&self, function: Function) {
        if !self.post_to_another(function) {
            // SAFETY: the function may be called with null, at any time.
            unsafe { emscripten_set_timeout(function, 0.0, ptr::null_mut()) };
        }
    }

    /// Posts the call, unless the thread is the current one: then it returns false.
    #[cfg(emscripten_threads)]
    pub(super) fn post_to_another(&self, function: Function) -> bool {
        let is_another = !self.thread.is_current();
        if is_another {
            self.thread.post(function);
        }
        is_another
    }

    /// There is no other thread.
    #[cfg(not(emscripten_threads))]
    pub(super) fn post_to_another(&self, _: Function) -> bool {
        false
    }
}

/// Keeps the runtime alive. Each hold is to be released.
pub(crate) fn hold() {
    keep_alive(1);
}

/// Releases a hold.
pub(crate) fn release() {
    keep_alive(-1);
}

//! Tasks, as the event loop sees them: they post calls to it, and keep the runtime alive.

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::task::Waker;

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
    #[cfg(target_feature = "atomics")]
    thread: threads::Shared,
}

impl ThreadHandle {
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(target_feature = "atomics")]
            thread: threads::current(),
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
    #[cfg(target_feature = "atomics")]
    pub(super) fn post_to_another(&self, function: Function) -> bool {
        threads::post_to_another(&self.thread, function)
    }

    /// There is no other thread.
    #[cfg(not(target_feature = "atomics"))]
    pub(super) fn post_to_another(&self, _: Function) -> bool {
        false
    }
}

/// Posts to other threads.
#[cfg(target_feature = "atomics")]
mod threads {
    use core::ffi::{c_int, c_void};
    use core::{mem, ptr};
    use std::sync::{Arc, Mutex, PoisonError};

    use super::{Function, emscripten_set_timeout};

    unsafe extern "C" {
        fn emscripten_proxy_get_system_queue() -> *mut c_void;
        fn emscripten_proxy_async(
            queue: *mut c_void,
            thread: libc::pthread_t,
            function: unsafe extern "C" fn(*mut c_void),
            argument: *mut c_void,
        ) -> c_int;
    }

    /// A thread, until it ends. After that, C frees what its `pthread_t` points at.
    pub(super) type Shared = Arc<Mutex<Option<libc::pthread_t>>>;

    struct OfThread(Shared);

    impl Drop for OfThread {
        fn drop(&mut self) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    thread_local! {
        // SAFETY: it has no conditions.
        static CURRENT: OfThread =
            OfThread(Arc::new(Mutex::new(Some(unsafe { libc::pthread_self() }))));
    }

    /// The current thread. At its end it is none.
    pub(super) fn current() -> Shared {
        CURRENT.try_with(|current| Arc::clone(&current.0)).unwrap_or_default()
    }

    /// Posts the call, unless the thread is the current one: then it returns false. A thread that
    /// has ended calls nothing.
    pub(super) fn post_to_another(thread: &Shared, function: Function) -> bool {
        // While it is locked, the thread does not end.
        let guard = thread.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(thread) = *guard else { return true };
        // SAFETY: it has no conditions.
        if thread == unsafe { libc::pthread_self() } {
            return false;
        }
        // SAFETY: it has no conditions.
        let queue = unsafe { emscripten_proxy_get_system_queue() };
        // SAFETY: `arrive` may be called with the function. `OfThread` keeps the thread from its
        // end as long as the lock is held.
        unsafe { emscripten_proxy_async(queue, thread, arrive, function as *mut c_void) };
        true
    }

    /// The thread may be in the middle of a wait. So its event loop makes the call.
    ///
    /// # Safety
    /// `function` is a [`Function`] that may be called with null.
    unsafe extern "C" fn arrive(function: *mut c_void) {
        // SAFETY: the caller guarantees it.
        let function = unsafe { mem::transmute::<*mut c_void, Function>(function) };
        // SAFETY: as above.
        unsafe { emscripten_set_timeout(function, 0.0, ptr::null_mut()) };
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

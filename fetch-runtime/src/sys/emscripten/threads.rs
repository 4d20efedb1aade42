//! The threads of the program: calls are posted to their event loops.
//!
//! They arrive by a proxying queue of the crate's own. A thread works through it in its event loop
//! alone, never in the middle of a wait.

use core::ffi::{c_int, c_void};
use core::mem;
use std::alloc::{Layout, handle_alloc_error};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::sys::inbox::Inbox;

/// A function that an event loop calls with null.
pub(super) type Function = unsafe extern "C" fn(*mut c_void);

unsafe extern "C" {
    fn em_proxying_queue_create() -> *mut c_void;
    fn emscripten_proxy_async(
        queue: *mut c_void,
        thread: libc::pthread_t,
        function: Function,
        argument: *mut c_void,
    ) -> c_int;
    fn emscripten_main_runtime_thread_id() -> libc::pthread_t;
    fn emscripten_is_main_runtime_thread() -> c_int;
}

javascript! {
    // threads.c
    fn fetch_runtime_soon(function: Function);
}

/// Whether this is the main thread of the program, which has the database.
pub(crate) fn is_main() -> bool {
    // SAFETY: it has no conditions.
    unsafe { emscripten_is_main_runtime_thread() != 0 }
}

/// Has this thread's event loop call the function with null, when the running code has returned.
pub(super) fn soon(function: Function) {
    // SAFETY: the function may be called with null, at any time.
    unsafe { fetch_runtime_soon(function) };
}

/// A thread, as others address it.
pub(super) struct Thread {
    state: Mutex<State>,
    /// Signalled when no post is under way.
    quiet: Condvar,
    pub(super) inbox: Mutex<Inbox>,
}

struct State {
    /// `None` when the thread has ended. Then C frees what it points at.
    pthread: Option<libc::pthread_t>,
    /// How many posts are under way. The thread's end waits for them.
    posts: usize,
    /// Called on the thread at its end.
    at_end: Option<fn(&Arc<Thread>)>,
}

/// Locks a mutex. The crate's own code does not panic while it holds one.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Thread {
    /// The current thread. As Rust drops no thread-locals at the end of a pthread, C owns a count
    /// of it, and gives that to [`end`].
    pub(super) fn current() -> Arc<Self> {
        let key = key();
        // SAFETY: the key was made.
        let at = unsafe { libc::pthread_getspecific(key) }.cast::<Self>().cast_const();
        if !at.is_null() {
            // SAFETY: it comes from `Arc::into_raw` below, and C has that count until `end`.
            unsafe { Arc::increment_strong_count(at) };
            // SAFETY: as above; this count has just been added.
            return unsafe { Arc::from_raw(at) };
        }
        // SAFETY: it has no conditions.
        let pthread = Some(unsafe { libc::pthread_self() });
        let thread = Arc::new(Self {
            state: Mutex::new(State { pthread, posts: 0, at_end: None }),
            quiet: Condvar::new(),
            inbox: Mutex::default(),
        });
        let for_c = Arc::into_raw(Arc::clone(&thread));
        // SAFETY: the key was made.
        if unsafe { libc::pthread_setspecific(key, for_c.cast()) } != 0 {
            handle_alloc_error(Layout::new::<Self>());
        }
        thread
    }

    pub(super) fn is_current(&self) -> bool {
        // SAFETY: it has no conditions.
        lock(&self.state).pthread == Some(unsafe { libc::pthread_self() })
    }

    /// Has the function called on the thread at its end.
    pub(super) fn at_end(&self, function: fn(&Arc<Self>)) {
        lock(&self.state).at_end = Some(function);
    }

    /// Has the thread call the function when it returns to its event loop. No user code may run
    /// there: the function calls [`soon`] for that. Returns false if there is no memory. A thread
    /// that has ended calls nothing.
    pub(super) fn post(&self, function: Function, argument: *mut c_void) -> bool {
        let pthread = {
            let mut state = lock(&self.state);
            let Some(pthread) = state.pthread else { return true };
            state.posts += 1;
            pthread
        };
        // Nothing is locked: the call may allocate, and let the main thread work on its system
        // queue.
        // SAFETY: the callers' functions may be called with their arguments. The thread does not
        // end before `posts` is counted down, so that C keeps what `pthread` points at.
        let is_posted = unsafe { emscripten_proxy_async(queue(), pthread, function, argument) };
        let mut state = lock(&self.state);
        state.posts -= 1;
        if state.posts == 0 {
            self.quiet.notify_all();
        }
        is_posted != 0
    }

    /// The thread ends: nothing is posted to it from now on.
    fn close(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        state.pthread = None;
        while state.posts > 0 {
            state = self.quiet.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let at_end = state.at_end.take();
        drop(state);
        if let Some(at_end) = at_end {
            at_end(self);
        }
    }
}

/// The key by which each pthread finds its [`Thread`].
fn key() -> libc::pthread_key_t {
    static KEY: OnceLock<libc::pthread_key_t> = OnceLock::new();
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: `key` is live, and `end` may be called with each value that is not null.
        if unsafe { libc::pthread_key_create(&mut key, Some(end)) } != 0 {
            handle_alloc_error(Layout::new::<libc::pthread_key_t>());
        }
        key
    })
}

/// # Safety
/// C calls it at the end of a pthread, with the value that [`Thread::current`] has set.
unsafe extern "C" fn end(thread: *mut c_void) {
    // SAFETY: it comes from `Arc::into_raw`, and C gives its count up.
    let thread = unsafe { Arc::from_raw(thread.cast_const().cast::<Thread>()) };
    thread.close();
}

/// The proxying queue of the crate. It stays as long as the program.
fn queue() -> *mut c_void {
    static QUEUE: OnceLock<usize> = OnceLock::new();
    let at = *QUEUE.get_or_init(|| {
        // SAFETY: it has no conditions.
        let queue = unsafe { em_proxying_queue_create() };
        if queue.is_null() {
            handle_alloc_error(Layout::new::<[usize; 8]>());
        }
        queue.expose_provenance()
    });
    core::ptr::with_exposed_provenance_mut(at)
}

/// A task for the main thread.
type Task = Box<dyn FnOnce() + Send>;

/// Has the main thread run a task when it returns to its event loop. The tasks of a thread run in
/// their order. A task runs no user code, and does not panic.
pub(super) fn post_to_main(task: impl FnOnce() + Send + 'static) {
    let task: *mut Task = Box::into_raw(Box::new(Box::new(task)));
    // SAFETY: the main thread lives as long as the program. `run` gets a task, once.
    let is_posted = unsafe {
        emscripten_proxy_async(queue(), emscripten_main_runtime_thread_id(), run, task.cast())
    };
    if is_posted == 0 {
        handle_alloc_error(Layout::new::<Task>());
    }
}

/// # Safety
/// `task` comes from [`post_to_main`], and this is its only call.
unsafe extern "C" fn run(task: *mut c_void) {
    // SAFETY: the caller guarantees it.
    let task = unsafe { Box::from_raw(task.cast::<Task>()) };
    task();
}

/// Posts a call with null to another thread's event loop.
pub(super) fn post_call(thread: &Thread, function: Function) {
    thread.post(arrive, function as *mut c_void);
}

/// # Safety
/// `function` is a [`Function`] that may be called with null.
unsafe extern "C" fn arrive(function: *mut c_void) {
    // SAFETY: the caller guarantees it.
    soon(unsafe { mem::transmute::<*mut c_void, Function>(function) });
}

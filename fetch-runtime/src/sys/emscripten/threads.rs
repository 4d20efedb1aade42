//! The threads of the program: calls are posted to their event loops.
//!
//! Each thread has a proxying queue of its own. Its event loop alone works through it, never a
//! wait.
//!
//! A post needs no memory: C makes room for 128 calls, and at most one of each thread is waiting.
//! So nothing allocates while it holds a lock. That matters on the main thread, where the wait for
//! a lock, such as that of `malloc`, runs what other threads have proxied to it. It may be code of
//! the program that posts, and would then wait for a lock which its own thread holds.

use core::ffi::{c_int, c_void};
use core::mem;
use core::ptr::{self, NonNull};
use std::alloc::{Layout, handle_alloc_error};
use std::collections::LinkedList;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::sys::inbox::Inbox;

/// A function that an event loop calls with null.
pub(super) type Function = unsafe extern "C" fn(*mut c_void);

unsafe extern "C" {
    fn em_proxying_queue_create() -> *mut c_void;
    fn em_proxying_queue_destroy(queue: *mut c_void);
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

/// Makes the places of this thread and of the main thread. Returns false if there is no memory.
pub(crate) fn can_ask_main() -> bool {
    Thread::current().is_some() && Thread::main().is_some()
}

/// A thread, as others address it.
pub(super) struct Thread {
    queue: Queue,
    state: Mutex<State>,
    /// Signalled when no post is under way.
    quiet: Condvar,
    pub(super) inbox: Mutex<Inbox>,
}

/// C's proxying queue of one thread.
struct Queue(NonNull<c_void>);

// SAFETY: C's functions for it may be called on any thread.
unsafe impl Send for Queue {}

// SAFETY: as above.
unsafe impl Sync for Queue {}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: it was made in `Thread::new`, and has no other owner. C keeps what the thread's
        // event loop may still look at.
        unsafe { em_proxying_queue_destroy(self.0.as_ptr()) };
    }
}

/// How many functions can be posted to a thread at once: that of its tasks, that of a suspended
/// stack, and that of its mail.
const CALLS: usize = 3;

struct State {
    /// `None` when the thread has ended. Then C frees what it points at.
    pthread: Option<libc::pthread_t>,
    /// How many posts are under way. The thread's end waits for them.
    posts: usize,
    /// Whether [`arrive`] is on its way to the thread.
    is_announced: bool,
    /// What the event loop is to call. A function that is here already is called once.
    calls: [Option<Function>; CALLS],
    /// What the event loop is to run. Only the main thread gets tasks.
    tasks: LinkedList<Task>,
    /// Called on the thread at its end.
    at_end: Option<fn(&Arc<Thread>)>,
}

/// A task for the main thread.
type Task = Box<dyn FnOnce() + Send>;

/// Locks a mutex. The crate's own code does not panic while it holds one.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Thread {
    /// `None` if there is no memory. From then on, posts to the thread need none.
    fn new(pthread: libc::pthread_t) -> Option<Arc<Self>> {
        // SAFETY: it has no conditions.
        let queue = Queue(NonNull::new(unsafe { em_proxying_queue_create() })?);
        // The first call makes room. No other thread has the queue, so none waits for its lock.
        // SAFETY: `nothing` may be called. The thread is this one, or the main thread.
        let has_room =
            unsafe { emscripten_proxy_async(queue.0.as_ptr(), pthread, nothing, ptr::null_mut()) };
        let state = State {
            pthread: Some(pthread),
            posts: 0,
            is_announced: false,
            calls: [None; CALLS],
            tasks: LinkedList::new(),
            at_end: None,
        };
        (has_room != 0).then(|| {
            Arc::new(Self {
                queue,
                state: Mutex::new(state),
                quiet: Condvar::new(),
                inbox: Mutex::default(),
            })
        })
    }

    /// The main thread. `None` if there is no memory.
    pub(super) fn main() -> Option<&'static Arc<Self>> {
        static MAIN: OnceLock<Arc<Thread>> = OnceLock::new();
        if MAIN.get().is_none() {
            // SAFETY: it has no conditions.
            let main = Self::new(unsafe { emscripten_main_runtime_thread_id() })?;
            // Another thread may have been faster.
            let _ = MAIN.set(main);
        }
        MAIN.get()
    }

    /// The current thread. `None` if there is no memory. As Rust drops no thread-locals at the end
    /// of a pthread, C owns a count of it, and gives that to [`end`].
    pub(super) fn current() -> Option<Arc<Self>> {
        if is_main() {
            return Self::main().cloned();
        }
        let key = key();
        // SAFETY: the key was made.
        let at = unsafe { libc::pthread_getspecific(key) }.cast::<Self>().cast_const();
        if !at.is_null() {
            // SAFETY: it comes from `Arc::into_raw` below, and C has that count until `end`.
            unsafe { Arc::increment_strong_count(at) };
            // SAFETY: as above; this count has just been added.
            return Some(unsafe { Arc::from_raw(at) });
        }
        // SAFETY: it has no conditions.
        let thread = Self::new(unsafe { libc::pthread_self() })?;
        let for_c = Arc::into_raw(Arc::clone(&thread));
        // SAFETY: the key was made.
        if unsafe { libc::pthread_setspecific(key, for_c.cast()) } != 0 {
            handle_alloc_error(Layout::new::<Self>());
        }
        Some(thread)
    }

    pub(super) fn is_current(&self) -> bool {
        // SAFETY: it has no conditions.
        lock(&self.state).pthread == Some(unsafe { libc::pthread_self() })
    }

    /// Has the function called on the thread at its end.
    pub(super) fn at_end(&self, function: fn(&Arc<Self>)) {
        lock(&self.state).at_end = Some(function);
    }

    /// Has the thread's event loop call the function with null. A thread that has ended calls
    /// nothing.
    pub(super) fn post(&self, function: Function) {
        self.announce(|state| {
            let is_same =
                |call: &Option<Function>| call.is_none_or(|call| ptr::fn_addr_eq(call, function));
            let place = state.calls.iter_mut().find(|call| is_same(call));
            *place.expect("a place for each function") = Some(function);
        });
    }

    /// Has [`arrive`] called on the thread, for what `put` adds.
    fn announce(&self, put: impl FnOnce(&mut State)) {
        let pthread = {
            let mut state = lock(&self.state);
            let Some(pthread) = state.pthread else { return };
            put(&mut state);
            if mem::replace(&mut state.is_announced, true) {
                return;
            }
            state.posts += 1;
            pthread
        };
        // Nothing is locked: in the call, the main thread may work on its system queue. It fails
        // only where the thread is ending.
        // SAFETY: `arrive` gets this thread, which does not end before `posts` is counted down, so
        // that C keeps what `pthread` points at. What is posted later than that is not called.
        unsafe {
            emscripten_proxy_async(
                self.queue.0.as_ptr(),
                pthread,
                arrive,
                ptr::from_ref(self).cast_mut().cast(),
            );
        }
        let mut state = lock(&self.state);
        state.posts -= 1;
        if state.posts == 0 {
            self.quiet.notify_all();
        }
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

unsafe extern "C" fn nothing(_: *mut c_void) {}

/// Takes what was posted. No user code may run here, where it would hold up the queue: the event
/// loop calls it later.
///
/// # Safety
/// `thread` is the current [`Thread`], which has not ended.
unsafe extern "C" fn arrive(thread: *mut c_void) {
    // SAFETY: the caller guarantees it. C has a count until the end of a pthread, and the main
    // thread has none.
    let thread = unsafe { &*thread.cast_const().cast::<Thread>() };
    let (calls, tasks) = {
        let mut state = lock(&thread.state);
        state.is_announced = false;
        (mem::take(&mut state.calls), mem::take(&mut state.tasks))
    };
    calls.into_iter().flatten().for_each(soon);
    tasks.into_iter().for_each(|task| task());
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

/// Has the main thread run a task when it returns to its event loop. The tasks of a thread run in
/// their order. A task runs no user code, and does not panic.
pub(super) fn post_to_main(task: impl FnOnce() + Send + 'static) {
    let Some(main) = Thread::main() else { handle_alloc_error(Layout::new::<Thread>()) };
    // The node is allocated here, outside of the lock.
    let mut task = LinkedList::from([Box::new(task) as Task]);
    main.announce(|state| state.tasks.append(&mut task));
}

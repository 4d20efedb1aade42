//! Operations on the cache: values that are awaited, or given a callback.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::CacheError;
use crate::panic;
use crate::raw::timer::{Timer, set_timer};
use crate::sys::backend::{self, Waiting};
use crate::sys::housekeeping::{Answer, Done, Failure};
use crate::task::hooks;

/// An operation on the cache that has not begun. `.await` it, or give it a callback with
/// [`send_fn`](Self::send_fn).
///
/// It begins when it is first polled, or with the callback, and ends once. Nothing stops it after
/// that: if the future is dropped, the operation goes on, and its answer is dropped.
///
/// It stays on its thread:
///
/// ```compile_fail,E0277
/// # fn is_send<T: Send>(_: T) {}
/// is_send(fetch_runtime::cache::clear());
/// ```
#[must_use = "an operation does nothing until it begins: `.await` it, or call `send_fn`"]
pub struct Operation<T> {
    /// Taken when it begins.
    begin: Option<Box<Begin<T>>>,
    state: Rc<State<T>>,
    waiting: Waiting,
}

/// Begins the operation. It calls the function later, or returns an error.
type Begin<T> = dyn FnOnce(End<T>) -> Result<(), Failure>;

type End<T> = Box<dyn FnOnce(Result<T, CacheError>)>;

struct State<T> {
    result: Cell<Option<Result<T, CacheError>>>,
    waker: Cell<Option<Waker>>,
}

impl<T: 'static> Operation<T> {
    /// `read` makes the result of an answer.
    pub(super) fn new(
        begin: impl FnOnce(Done) -> Result<(), Failure> + 'static,
        read: impl FnOnce(Answer) -> T + 'static,
    ) -> Self {
        let begin = move |end: End<T>| {
            backend::hold();
            let begun = begin(Box::new(move |answer| {
                backend::release();
                let result = answer.map(read).map_err(CacheError::new);
                panic::catch(move || end(result));
            }));
            if begun.is_err() {
                backend::release();
            }
            begun
        };
        Self {
            begin: Some(Box::new(begin)),
            state: Rc::new(State { result: Cell::new(None), waker: Cell::new(None) }),
            waiting: Waiting::for_timer(),
        }
    }

    /// Begins the operation. The callback is called once with its result, from the event loop and
    /// not inside this call. A panic of the callback is reported as that of a handler is.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # fetch_runtime::native::set_cache_dir(folder.path());
    /// use fetch_runtime::cache;
    ///
    /// cache::delete("save/1").send_fn(|result| match result {
    ///     Ok(existed) => println!("deleted: {existed}"),
    ///     Err(error) => eprintln!("{error}"),
    /// });
    /// fetch_runtime::run();
    /// ```
    pub fn send_fn(mut self, callback: impl FnOnce(Result<T, CacheError>) + 'static) {
        let Some(begin) = self.begin.take() else { return };
        let callback = Rc::new(Cell::new(Some(callback)));
        let call = {
            let callback = Rc::clone(&callback);
            move |result| {
                if let Some(callback) = callback.take() {
                    callback(result);
                }
            }
        };
        if let Err(failure) = begin(Box::new(call.clone())) {
            later(move || call(Err(CacheError::new(failure))));
        }
    }
}

impl<T: 'static> Future for Operation<T> {
    type Output = Result<T, CacheError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let operation = &mut *self;
        if let Some(result) = operation.state.result.take() {
            return Poll::Ready(result);
        }
        #[cfg(target_os = "emscripten")]
        if hooks::blocked().is_some() {
            return Poll::Ready(Err(CacheError::WouldBlock));
        }
        let (state, waker) = (&operation.state, context.waker());
        if let Some(begin) = operation.begin.take() {
            let state = Rc::clone(state);
            let end = move |result| {
                state.result.set(Some(result));
                if let Some(waker) = state.waker.take() {
                    hooks::resume(waker);
                }
            };
            if let Err(failure) = begin(Box::new(end)) {
                return Poll::Ready(Err(CacheError::new(failure)));
            }
        }
        state.waker.set(Some(waker.clone()));
        let mut result = state.result.take();
        if result.is_none() && operation.waiting.turn(waker, panic::resume) {
            result = state.result.take();
        }
        result.map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> Drop for Operation<T> {
    fn drop(&mut self) {
        // First, so that the end does not wake the task.
        self.waiting.end();
        drop(self.state.waker.take());
    }
}

impl<T> fmt::Debug for Operation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("has_begun", &self.begin.is_none())
            .finish_non_exhaustive()
    }
}

/// Calls a function from the event loop. At the end of a thread there is none: then it is dropped.
fn later(call: impl FnOnce() + 'static) {
    if !backend::is_alive() {
        return;
    }
    let own: Rc<Cell<Option<Timer>>> = Rc::default();
    let timer = {
        // The timer lives until its own call.
        let own = Rc::clone(&own);
        set_timer(0, move || {
            drop(own.take());
            panic::catch(call);
        })
    };
    own.set(Some(timer));
}

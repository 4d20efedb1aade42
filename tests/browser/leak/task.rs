//! Waits in a page, where no thread can: the program is one future, and each callback polls it.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

thread_local! {
    static TASK: Cell<Option<Pin<Box<dyn Future<Output = ()>>>>> = const { Cell::new(None) };
}

/// Runs `task`, as far as it comes now; the rest when signals are given.
pub(crate) fn run(task: impl Future<Output = ()> + 'static) {
    TASK.set(Some(Box::pin(task)));
    go_on();
}

/// Does nothing inside the task itself.
fn go_on() {
    if let Some(mut task) = TASK.take() {
        if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            TASK.set(Some(task));
        }
    }
}

/// A value that a callback gives, and the task awaits.
pub(crate) struct Signal<T>(Rc<Cell<Option<T>>>);

impl<T> Signal<T> {
    pub(crate) fn new() -> Self {
        Self(Rc::default())
    }

    /// The last act of a callback: the task goes on inside this call.
    pub(crate) fn give(self, value: T) {
        self.0.set(Some(value));
        drop(self);
        go_on();
    }

    /// The value, if it has been given.
    pub(crate) fn take(&self) -> Option<T> {
        self.0.take()
    }

    /// For C to keep, until [`from_raw`](Self::from_raw).
    pub(crate) fn into_raw(self) -> *const Cell<Option<T>> {
        Rc::into_raw(self.0)
    }

    /// # Safety
    /// `raw` comes from [`into_raw`](Self::into_raw), and is not used again.
    pub(crate) unsafe fn from_raw(raw: *const Cell<Option<T>>) -> Self {
        // SAFETY: the caller guarantees where it comes from, and gives it up.
        Self(unsafe { Rc::from_raw(raw) })
    }
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Future for Signal<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        self.take().map_or(Poll::Pending, Poll::Ready)
    }
}

//! Handles: the means of a cell to end its request early.

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use fetch_runtime::{AbortController, Fetch, ResponseFuture, stats};

/// The handle of a cell's request.
#[derive(Default)]
pub(super) struct Handle {
    pub(super) means: RefCell<Means>,
    has_ended_it: Cell<bool>,
}

/// Each ends a request in another way.
#[derive(Default)]
pub(super) enum Means {
    /// C code has started the request, or nothing has yet.
    #[default]
    None,
    Fetch(Fetch),
    Controller(AbortController),
    /// Taken while it is polled.
    Future(Option<Pin<Box<ResponseFuture>>>),
}

impl Handle {
    pub(super) fn new(means: Means) -> Self {
        Self { means: RefCell::new(means), has_ended_it: Cell::new(false) }
    }

    /// Aborts the request so many times, or drops its future.
    pub(super) fn end(&self, times: usize) {
        self.has_ended_it.set(true);
        match &mut *self.means.borrow_mut() {
            Means::None => {}
            Means::Fetch(fetch) => (0..times).for_each(|_| fetch.abort()),
            Means::Controller(controller) => (0..times).for_each(|_| controller.abort()),
            Means::Future(future) => drop(future.take().expect("it is not polled now")),
        }
    }

    /// Whether it has been called to end the request.
    pub(super) fn has_ended_it(&self) -> bool {
        self.has_ended_it.get()
    }

    /// Whether the request is over.
    pub(super) fn is_finished(&self) -> bool {
        match &*self.means.borrow() {
            Means::None => true,
            Means::Fetch(fetch) => fetch.is_finished(),
            // Its cell has no other request.
            Means::Controller(_) | Means::Future(_) => stats().live == 0,
        }
    }

    /// Takes the future, if it has not been dropped.
    pub(super) fn take_future(&self) -> Option<Pin<Box<ResponseFuture>>> {
        match &mut *self.means.borrow_mut() {
            Means::Future(future) => future.take(),
            _ => None,
        }
    }

    pub(super) fn put_future(&self, future: Pin<Box<ResponseFuture>>) {
        *self.means.borrow_mut() = Means::Future(Some(future));
    }
}

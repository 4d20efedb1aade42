//! A request that a future awaits.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::bridge::start::start;
use crate::flight::{Call, InFlight};
use crate::sys::backend::Waiting;
use crate::task::hooks;
use crate::{Request, Response, StartError, panic};

/// A request in flight that a future awaits. Its drop aborts the request, if it is not over.
pub(super) struct Awaited {
    flight: Rc<InFlight>,
    waiting: Waiting,
}

/// A request that has begun.
pub(super) enum Begun {
    InFlight(Awaited),
    /// `block_on` blocks this thread's event loop, which could not wake the future: the request
    /// blocked, too, and is over.
    #[cfg(target_os = "emscripten")]
    Ended(Response),
}

impl Awaited {
    pub(super) fn start(request: Request) -> Result<Begun, StartError> {
        #[cfg(target_os = "emscripten")]
        if let Some(blocked) = hooks::blocked() {
            return (blocked.send)(request).map(Begun::Ended);
        }
        let flight = start(request, Box::new(Awaiting::default()))?;
        Ok(Begun::InFlight(Self { waiting: flight.waiting(), flight }))
    }

    /// Looks for a result, and once more when the event loop has turned. Without one, the task is
    /// woken when there may be one.
    pub(super) fn poll<T>(
        &self,
        waker: &Waker,
        mut result: impl FnMut(&Self) -> Option<T>,
    ) -> Poll<T> {
        let mut found = result(self);
        self.flight.follow(&self.waiting);
        if found.is_none() && self.waiting.turn(waker, panic::resume) {
            found = result(self);
        }
        found.map_or(Poll::Pending, Poll::Ready)
    }

    /// The response, once, if the request is over. Otherwise its end wakes the task.
    pub(super) fn response(&self, waker: &Waker) -> Option<Response> {
        self.flight.poll_response(waker)
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        // First, so that the abort does not wake the task.
        self.waiting.end();
        self.flight.abandon();
    }
}

/// The task that awaits a request, in the place of a handler.
#[derive(Default)]
struct Awaiting(Cell<Option<Waker>>);

impl Call for Awaiting {
    fn call(self: Box<Self>, flight: Rc<InFlight>) {
        let waker = self.0.take();
        // The task may never return.
        drop(self);
        drop(flight);
        if let Some(waker) = waker {
            hooks::resume(waker);
        }
    }

    fn set_waker(&self, waker: &Waker) {
        self.0.set(Some(waker.clone()));
    }

    #[cfg(not(target_os = "emscripten"))]
    fn has_begun(&self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

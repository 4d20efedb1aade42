//! The queue of requests that wait for their turn, and the limit of those in flight.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

use super::{Begin, InFlight, Phase};
use crate::counters;
use crate::sys::unwind::callback;
use crate::sys::{backend, of_each_thread};

/// Chromium refuses requests when some thousands are in flight.
const DEFAULT: usize = 256;

/// A list through the requests themselves: nothing is allocated, and each can leave at once.
struct Queue {
    max: Cell<usize>,
    /// Null if nothing waits.
    first: Cell<*const InFlight>,
    last: Cell<*const InFlight>,
    begin: Cell<Begin>,
}

of_each_thread! {
    static QUEUE: Queue = Queue {
        max: Cell::new(DEFAULT),
        first: Cell::new(ptr::null()),
        last: Cell::new(ptr::null()),
        begin: Cell::new(drop),
    };
}

impl Queue {
    /// The first request that waits, if there is room for it. Otherwise null.
    fn next(&self) -> *const InFlight {
        if counters::live() < self.max.get() { self.first.get() } else { ptr::null() }
    }

    /// Takes out a request that waits.
    ///
    /// # Safety
    /// `flight` is in this queue.
    #[inline(never)]
    unsafe fn remove(&self, flight: *const InFlight) -> Rc<InFlight> {
        // SAFETY: the queue has a count of each request that is in it.
        let flight = unsafe { Rc::from_raw(flight) };
        let links = &flight.links;
        let (previous, next) = (links.previous.get(), links.next.get());
        // SAFETY: a neighbour is in the queue as well, or null.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.links.next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            Some(next) => next.links.previous.set(previous),
            None => self.last.set(previous),
        }
        flight
    }
}

/// Has the request wait for its turn, behind all others. Then `begin` is called.
pub(crate) fn push(flight: Rc<InFlight>, begin: Begin) {
    QUEUE.with(|queue| {
        flight.phase.set(Phase::Waiting);
        queue.begin.set(begin);
        let last = queue.last.get();
        flight.links.previous.set(last);
        let flight = Rc::into_raw(flight);
        // SAFETY: it is in the queue, which has a count of it, or null.
        match unsafe { last.as_ref() } {
            Some(last) => last.links.next.set(flight),
            None => queue.first.set(flight),
        }
        queue.last.set(flight);
    });
}

/// Takes a request out of the queue.
///
/// # Safety
/// It waits there.
pub(super) unsafe fn remove(flight: &InFlight) {
    // SAFETY: the caller guarantees it, and a thread has one queue.
    _ = QUEUE.with(|queue| unsafe { queue.remove(flight) });
}

/// Begins requests that wait, in order, while there is room.
#[inline(never)]
pub(crate) fn refill() {
    QUEUE.with(|queue| {
        loop {
            let next = queue.next();
            if next.is_null() {
                break;
            }
            // SAFETY: it is the first one of the queue.
            let flight = unsafe { queue.remove(next) };
            flight.phase.set(Phase::Starting);
            queue.begin.get()(flight);
        }
    });
}

/// Calls [`refill`] when the running code has returned: it may be about to end the requests that
/// wait as well.
pub(super) fn refill_later() {
    if QUEUE.with(|queue| !queue.next().is_null()) {
        // SAFETY: `refill_now` has no conditions.
        unsafe { backend::emscripten_set_timeout(callback(refill_now), 0.0, ptr::null_mut()) };
    }
}

unsafe extern "C-unwind" fn refill_now(_: *mut c_void) {
    refill();
}

/// The function by which this thread's requests begin.
#[cfg(emscripten_threads)]
pub(crate) fn begin() -> Begin {
    QUEUE.with(|queue| queue.begin.get())
}

/// How many requests wait.
pub(crate) fn waiting() -> u64 {
    let mut next = QUEUE.with(|queue| queue.first.get());
    let mut count = 0;
    // SAFETY: it is in the queue, which has a count of it, or null.
    while let Some(flight) = unsafe { next.as_ref() } {
        count += 1;
        next = flight.links.next.get();
    }
    count
}

/// Sets how many requests may be in flight.
pub(crate) fn set_max(max: usize) {
    QUEUE.with(|queue| queue.max.set(max));
    refill();
}

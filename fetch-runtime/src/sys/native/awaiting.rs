//! Tasks, as the event loop sees them: they wait for it, turn it and post calls to it.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ptr::NonNull;
use std::task::Waker;
use std::thread::{self, ThreadId};

use super::machine::event::FetchId;
use super::mailbox::{Function, Sender};
use super::{engine, event_loop, extensions};
use crate::sys::abi::emscripten_fetch_t;

/// A future that waits for the event loop of this thread.
pub(crate) struct Waiting {
    id: Cell<FetchId>,
}

impl Waiting {
    /// Waits for the events of a fetch, and for timers.
    ///
    /// # Safety
    /// The fetch is live, if there is one.
    pub(crate) unsafe fn for_fetch(fetch: Option<NonNull<emscripten_fetch_t>>) -> Self {
        match fetch {
            // SAFETY: the caller guarantees a live fetch.
            Some(fetch) => Self { id: Cell::new(unsafe { extensions::id_of(fetch) }) },
            None => Self::for_timer(),
        }
    }

    /// Waits for the events of the fetch, if there is one, from the next turn on.
    ///
    /// # Safety
    /// As for [`for_fetch`](Self::for_fetch).
    pub(crate) unsafe fn follow(&self, fetch: Option<NonNull<emscripten_fetch_t>>) {
        // SAFETY: the caller guarantees a live fetch.
        let id = fetch.map_or(self.id.get(), |fetch| unsafe { extensions::id_of(fetch) });
        if id != self.id.get() {
            self.end();
            self.id.set(id);
        }
    }

    /// Waits for timers.
    pub(crate) fn for_timer() -> Self {
        let is_alive = engine::is_alive();
        let id = if is_alive { engine::with(|engine| engine.machine.new_id()) } else { 0 };
        Self { id: Cell::new(id) }
    }

    /// Lets the event loop turn once, unless it is running already, and has the task woken when it
    /// can turn again. So under any executor the requests go on. `after_each` is called after each
    /// callback. Returns whether the loop has turned.
    pub(crate) fn turn(&self, waker: &Waker, after_each: impl FnMut()) -> bool {
        if !engine::is_alive() {
            return false;
        }
        let sender = engine::with(|engine| engine.sender().clone());
        // Before the turn: an event that arrives after it wakes the task.
        sender.set_waker(self.id.get(), waker);
        let has_turned = event_loop::turn_once(after_each);
        if has_turned && engine::with(|engine| engine.set_alarm()) {
            waker.wake_by_ref();
        }
        has_turned
    }

    /// The event loop forgets the task.
    pub(crate) fn end(&self) {
        if engine::is_alive() {
            engine::with(|engine| engine.sender().clone()).forget_waker(self.id.get());
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.end();
    }
}

/// A thread, as others address it.
pub(crate) struct ThreadHandle {
    id: ThreadId,
    sender: Option<Sender>,
}

impl ThreadHandle {
    /// The current thread. At its end, nothing is called any more.
    pub(crate) fn current() -> Self {
        let sender = engine::is_alive().then(|| engine::with(|engine| engine.sender().clone()));
        Self { id: thread::current().id(), sender }
    }

    fn is_current(&self) -> bool {
        self.id == thread::current().id()
    }

    /// Has the thread's event loop call `function` with null.
    pub(crate) fn post(&self, function: Function) {
        if let Some(sender) = &self.sender {
            sender.post(function);
        }
    }

    /// Ends the thread's wait for an event. The thread itself does not wait now.
    pub(crate) fn interrupt(&self) {
        if let Some(sender) = self.sender.as_ref().filter(|_| !self.is_current()) {
            sender.interrupt();
        }
    }
}

/// Whether the event loop of this thread runs, and calls the code that asks.
pub(crate) fn is_running() -> bool {
    engine::is_alive() && engine::with(|engine| engine.is_running)
}

/// Keeps `run` waiting, although there may be no request. Each hold is to be released.
pub(crate) fn hold() {
    if engine::is_alive() {
        engine::with(|engine| engine.holds += 1);
    }
}

/// Releases a hold.
pub(crate) fn release() {
    if engine::is_alive() {
        engine::with(|engine| engine.holds -= 1);
    }
}

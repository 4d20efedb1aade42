//! The optional parts of a request, behind pointers: a program that does not use one of them does
//! not link it.

use std::any::Any;
use std::ffi::c_char;
use std::ops::ControlFlow;
use std::rc::Rc;

use super::{RequestParts, StartError};
use crate::sys::{Callback, Exception, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{Chunk, Outcome, Progress};

/// A request in flight. It is an `InFlight`, a type of a folder above this one.
pub(crate) type Flight = Rc<dyn Any>;

/// An optional part of a request, which does something while the request is in flight.
pub(crate) trait Extra {
    /// Checks the request when it starts, and adapts it. It records errors in the parts.
    fn check(&mut self, _: &mut RequestParts) {}

    /// Why a request that blocks its thread cannot have it.
    fn blocking_conflict(&self) -> Option<&'static str> {
        None
    }

    /// C's `onprogress`.
    fn onprogress(&self) -> Option<Callback> {
        None
    }

    /// What the request does first when it ends, if it is a stream.
    fn before_end(&self) -> Option<BeforeEnd> {
        None
    }

    /// Called when the request has started, with its handle in JS.
    fn begun(&mut self, _: &Flight, _: u32) {}

    /// Called as the body arrives.
    fn progress(&mut self, _: Progress) {}

    /// Called with each chunk of a stream. `Break` ends the stream.
    fn chunk(&mut self, _: Chunk) -> ControlFlow<Outcome> {
        ControlFlow::Continue(())
    }

    /// The parts that it is made of.
    fn slots(&mut self) -> Option<&mut Slots> {
        None
    }
}

/// Called in the terminal callback of a stream, with the status if the headers had arrived.
pub(crate) type BeforeEnd = fn(&mut emscripten_fetch_t, received_status: Option<u16>);

/// The place of an optional part: a request has one of each at most. This is the order in which
/// they are called.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    Stream,
    Progress,
    Deadline,
    Signal,
}

/// The optional parts of a request. A request without any has no [`Slots`], and its program does
/// not link them.
pub(crate) type Extras = Option<Box<dyn Extra>>;

/// The optional parts of a request, each in its slot: together they are one.
#[derive(Default)]
pub(crate) struct Slots([Option<Box<dyn Extra>>; 4]);

impl Slots {
    /// Puts a part into its slot, in place of the one that is there.
    pub(crate) fn set(extras: &mut Extras, slot: Slot, extra: Box<dyn Extra>) {
        if let Some(slots) = extras.get_or_insert_with(|| Box::new(Self::default())).slots() {
            slots.0[slot as usize] = Some(extra);
        }
    }

    pub(crate) fn has(extras: &mut Extras, slot: Slot) -> bool {
        let slots = extras.as_mut().and_then(|extras| extras.slots());
        slots.is_some_and(|slots| slots.0[slot as usize].is_some())
    }

    fn iter(&self) -> impl Iterator<Item = &dyn Extra> {
        self.0.iter().filter_map(|extra| extra.as_deref())
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Box<dyn Extra>> {
        self.0.iter_mut().filter_map(Option::as_mut)
    }
}

impl Extra for Slots {
    fn check(&mut self, parts: &mut RequestParts) {
        self.iter_mut().for_each(|extra| extra.check(parts));
    }

    fn blocking_conflict(&self) -> Option<&'static str> {
        self.iter().find_map(|extra| extra.blocking_conflict())
    }

    fn onprogress(&self) -> Option<Callback> {
        self.iter().find_map(|extra| extra.onprogress())
    }

    fn before_end(&self) -> Option<BeforeEnd> {
        self.iter().find_map(|extra| extra.before_end())
    }

    fn begun(&mut self, flight: &Flight, id: u32) {
        self.iter_mut().for_each(|extra| extra.begun(flight, id));
    }

    fn progress(&mut self, progress: Progress) {
        self.iter_mut().for_each(|extra| extra.progress(progress));
    }

    fn chunk(&mut self, chunk: Chunk) -> ControlFlow<Outcome> {
        match &mut self.0[Slot::Stream as usize] {
            Some(stream) => stream.chunk(chunk),
            None => ControlFlow::Continue(()),
        }
    }

    fn slots(&mut self) -> Option<&mut Slots> {
        Some(self)
    }
}

/// How a request uses the cache.
pub(crate) struct CacheAccess {
    /// Checks the request, and gives it its keys.
    pub(crate) prepare: fn(&mut RequestParts) -> Result<(), StartError>,
    pub(crate) start: StartCached,
    /// Called at `readyState` 4 of a response that upstream is about to store. The store is refused
    /// if the flag says so.
    pub(crate) prepare_store: unsafe fn(id: u32, refuse: bool),
    /// Whether the terminal callback that runs now says that a transaction is complete.
    pub(crate) was_stored: fn() -> bool,
}

/// Starts the fetch, with the guarantees of `emscripten_fetch`. The second string is the second key
/// to look up, or null.
type StartCached = unsafe fn(
    *mut emscripten_fetch_attr_t,
    *const c_char,
    *const c_char,
    Flight,
) -> Result<*mut emscripten_fetch_t, Exception>;

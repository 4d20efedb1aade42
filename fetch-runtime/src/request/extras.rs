//! The optional parts of a request. They are trait objects, so that a program links only the parts
//! that it uses.

use std::any::Any;
use std::ffi::c_char;
#[cfg(target_os = "emscripten")]
use std::ffi::c_void;
use std::ops::ControlFlow;
use std::ptr::NonNull;
#[cfg(emscripten_threads)]
use std::rc::Rc;

use super::RequestParts;
use crate::response::Head;
use crate::sys::{Exception, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{Chunk, Outcome, Progress, Response};

/// A request in flight. It is an `Rc<InFlight>`, or an `InFlight` where that is said. Their module
/// depends on this one.
pub(crate) type Flight = dyn Any;

/// An optional part of a request, which acts while the request is in flight.
pub(crate) trait Extra {
    /// Checks and adapts the request when it starts. It records errors in the parts.
    fn check(&mut self, _: &mut RequestParts) {}

    /// The functions that the request starts with, if this part has its own. Called after all
    /// checks.
    fn access(&self, _: &RequestParts) -> Option<&'static Access> {
        None
    }

    /// The reason why a request that blocks its thread cannot have this part.
    fn blocking_conflict(&self) -> Option<&'static str> {
        None
    }

    /// A copy for a copy of its request, which has not started. `None` if there can be none.
    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        None
    }

    /// Sets the callbacks for C that this part needs.
    fn set_callbacks(&self, _: &mut emscripten_fetch_attr_t) {}

    /// The function that runs first when the request ends, if this part makes it a stream.
    fn before_end(&self) -> Option<BeforeEnd> {
        None
    }

    /// Calls `start`, which starts the fetch, if the request has a gate.
    fn around_start(&mut self, start: &mut dyn FnMut()) {
        start();
    }

    /// Called when the request has started, with its handle in JS. If it waits for its turn, this
    /// is called both when it waits, with 0, and when it has begun.
    fn begun(&mut self, _: &Flight, _: u32) {}

    /// The idle timeout. 0 for none.
    fn idle_timeout_ms(&self) -> u32 {
        0
    }

    /// Whether the request has got bytes from the cache since the last call. They count as bytes
    /// that have arrived.
    fn has_read_cache(&self, _: u32) -> bool {
        false
    }

    /// Ends a lookup that waits for another page. The token is that of the request.
    #[cfg(target_os = "emscripten")]
    fn stop_waiting(&self, _: *const c_void) {}

    /// Called when headers have arrived.
    fn touch(&mut self) {}

    /// Called as the body arrives.
    fn progress(&mut self, _: Progress) {}

    /// Called as the request's body leaves, if the callbacks of this part ask for that.
    fn upload(&mut self, _: Progress) {}

    /// Called when the headers of a stream have arrived, if its callbacks ask for that.
    fn head(&mut self, _: Head) {}

    /// Called with each chunk of a stream. `Break` ends the stream.
    fn chunk(&mut self, _: Chunk) -> ControlFlow<Outcome> {
        ControlFlow::Continue(())
    }

    /// The state of a request that the HTTP cache's rules govern, if this is its part.
    fn state(&mut self) -> Option<&mut dyn Any> {
        None
    }

    /// Calls `add` with a recipe, if this part acts on the thread that has the fetch.
    #[cfg(emscripten_threads)]
    fn recipes(&self, _: &mut dyn FnMut(Recipe)) {}

    /// The parts that this one consists of.
    fn slots(&mut self) -> Option<&mut Slots> {
        None
    }
}

/// Makes an optional part anew, on the thread that has the fetch of a request. It reports there how
/// much of the body has arrived.
#[cfg(emscripten_threads)]
pub(crate) type Recipe = (Slot, Box<dyn FnOnce(&Report) -> Box<dyn Extra> + Send>);

/// Reports to the thread of a request how much of its body has arrived.
#[cfg(emscripten_threads)]
pub(crate) type Report = Rc<dyn Fn(Progress)>;

/// Called in the terminal callback of a stream. It gets the status if the headers had arrived.
pub(crate) type BeforeEnd = fn(&mut emscripten_fetch_t, received_status: Option<u16>);

/// The kinds of optional parts, in the order in which they are called. A request has at most one
/// of each.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    Stream,
    Upload,
    Progress,
    Deadline,
    Idle,
    Signal,
    HttpCache,
    Resume,
}

/// The optional parts of a request. A request without any has no [`Slots`]: a program that has only
/// such requests does not link them.
pub(crate) type Extras = Option<Box<dyn Extra>>;

/// The optional parts of a request, each in its slot. Together they act as one.
#[derive(Default)]
pub(crate) struct Slots([Option<Box<dyn Extra>>; 8]);

impl Slots {
    /// Puts a part into its slot, and replaces an earlier one.
    pub(crate) fn set(extras: &mut Extras, slot: Slot, extra: Box<dyn Extra>) {
        if let Some(slots) = extras.get_or_insert_with(|| Box::new(Self::default())).slots() {
            slots.0[slot as usize] = Some(extra);
        }
    }

    /// Removes the part in this slot, if there is one.
    pub(crate) fn remove(extras: &mut Extras, slot: Slot) {
        if let Some(slots) = extras.as_mut().and_then(|extras| extras.slots()) {
            slots.0[slot as usize] = None;
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

    fn access(&self, parts: &RequestParts) -> Option<&'static Access> {
        self.0[Slot::Resume as usize].as_ref()?.access(parts)
    }

    fn blocking_conflict(&self) -> Option<&'static str> {
        self.iter().find_map(|extra| extra.blocking_conflict())
    }

    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        let mut copy = Self::default();
        for (slot, extra) in copy.0.iter_mut().zip(&self.0) {
            if let Some(extra) = extra {
                *slot = Some(extra.try_clone()?);
            }
        }
        Some(Box::new(copy))
    }

    /// The callbacks of a stream include the others', and those of an upload include the progress.
    fn set_callbacks(&self, attr: &mut emscripten_fetch_attr_t) {
        self.0.iter().rev().flatten().for_each(|extra| extra.set_callbacks(attr));
    }

    fn before_end(&self) -> Option<BeforeEnd> {
        self.iter().find_map(|extra| extra.before_end())
    }

    fn around_start(&mut self, start: &mut dyn FnMut()) {
        match &mut self.0[Slot::Stream as usize] {
            Some(stream) => stream.around_start(start),
            None => start(),
        }
    }

    fn begun(&mut self, flight: &Flight, id: u32) {
        self.iter_mut().for_each(|extra| extra.begun(flight, id));
    }

    fn idle_timeout_ms(&self) -> u32 {
        self.0[Slot::Idle as usize].as_ref().map_or(0, |idle| idle.idle_timeout_ms())
    }

    fn has_read_cache(&self, id: u32) -> bool {
        self.0[Slot::Resume as usize].as_ref().is_some_and(|resume| resume.has_read_cache(id))
    }

    #[cfg(target_os = "emscripten")]
    fn stop_waiting(&self, token: *const c_void) {
        if let Some(resume) = &self.0[Slot::Resume as usize] {
            resume.stop_waiting(token);
        }
    }

    fn touch(&mut self) {
        if let Some(idle) = &mut self.0[Slot::Idle as usize] {
            idle.touch();
        }
    }

    fn progress(&mut self, progress: Progress) {
        self.iter_mut().for_each(|extra| extra.progress(progress));
    }

    fn upload(&mut self, progress: Progress) {
        if let Some(upload) = &mut self.0[Slot::Upload as usize] {
            upload.upload(progress);
        }
    }

    fn head(&mut self, head: Head) {
        self.touch();
        if let Some(stream) = &mut self.0[Slot::Stream as usize] {
            stream.head(head);
        }
    }

    fn chunk(&mut self, chunk: Chunk) -> ControlFlow<Outcome> {
        match &mut self.0[Slot::Stream as usize] {
            Some(stream) => stream.chunk(chunk),
            None => ControlFlow::Continue(()),
        }
    }

    fn state(&mut self) -> Option<&mut dyn Any> {
        self.0[Slot::HttpCache as usize].as_mut()?.state()
    }

    #[cfg(emscripten_threads)]
    fn recipes(&self, add: &mut dyn FnMut(Recipe)) {
        self.iter().for_each(|extra| extra.recipes(add));
    }

    fn slots(&mut self) -> Option<&mut Slots> {
        Some(self)
    }
}

/// The functions of a request that starts in a way of its own: it uses the cache, or is a stream
/// with a gate.
pub(crate) struct Access {
    /// Checks the request and sets its keys. It records errors in the parts.
    pub(crate) prepare: fn(&mut RequestParts),
    pub(crate) start: Start,
    /// Called at `readyState` 4 of a success, with an `InFlight`. Returns whether upstream is about
    /// to store the response.
    pub(crate) before_store: unsafe fn(&Flight, &emscripten_fetch_t) -> bool,
    /// Whether the current terminal callback reports a completed transaction.
    pub(crate) was_stored: fn() -> bool,
    /// Called in the terminal callback with an `InFlight`, and with the response, which it may
    /// change.
    pub(crate) complete: Option<Complete>,
    /// Has another thread carry the request out, which is an `Rc<InFlight>`. Returns false if it
    /// stays on this one.
    #[cfg(emscripten_threads)]
    pub(crate) elsewhere: Option<fn(&Flight) -> bool>,
}

/// The fetch is live, and in its terminal callback.
type Complete = unsafe fn(&Flight, NonNull<emscripten_fetch_t>, &mut Response);

/// Starts the fetch. The safety conditions are those of `emscripten_fetch`.
type Start = unsafe fn(
    *mut emscripten_fetch_attr_t,
    *const c_char,
    &Flight,
) -> Result<*mut emscripten_fetch_t, Exception>;

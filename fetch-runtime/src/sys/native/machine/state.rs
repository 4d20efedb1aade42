//! The state of the machine, and its outputs.
#![allow(unsafe_code)]

use std::collections::{HashMap, VecDeque};
use std::ffi::c_int;
use std::ptr::NonNull;
use std::time::Instant;

use super::audit::Audit;
use super::event::{Event, FetchId, Permit};
use super::fetch::{Fetch, InFlight};
use super::frame::{Frame, Next};
use super::handles::Handles;
use super::output::Output;
use super::step::{self, Step};
use super::timers::Timers;
use super::xhr::{Kept, Xhr};
use crate::sys::abi::Callback;

/// The fetches of one thread.
#[derive(Default)]
pub(crate) struct Machine {
    pub(super) in_flight: HashMap<FetchId, InFlight>,
    pub(super) xhrs: Handles<Xhr>,
    pub(super) steps: VecDeque<Step>,
    pub(super) timers: Timers,
    pub(super) frames: Vec<Frame>,
    pub(super) last_id: FetchId,
    pub(super) last_timer: c_int,
    pub(super) timed_out: bool,
    pub(super) audit: Option<Audit>,
}

impl Machine {
    /// An id for a fetch that is about to be made.
    pub(crate) fn new_id(&mut self) -> FetchId {
        self.last_id += 1;
        self.last_id
    }

    /// Queues the steps that follow from an event.
    pub(crate) fn push_event(&mut self, id: FetchId, event: Event) {
        step::append(&mut self.steps, id, event);
    }

    #[cfg(feature = "script")]
    pub(crate) fn push_step(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    /// Switches the audit on or off.
    pub(crate) fn set_audit(&mut self, audit: Option<Audit>) {
        self.audit = audit;
    }

    /// The next output of the latest input. The caller has carried out the one before.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        loop {
            let frame = self.frames.last_mut()?;
            if let Some(output) = frame.outputs.pop_front() {
                return Some(output);
            }
            match frame.next.pop_front() {
                Some(Next::Event(id, event)) => self.perform(Step::Xhr(id, event)),
                Some(Next::Free(fetch)) => self.free(fetch),
                None if frame.lookup.is_some() => {
                    return frame.lookup.take().map(Output::LookupEnded);
                }
                None => {
                    self.frames.pop();
                    return None;
                }
            }
        }
    }

    /// When the next timer is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Takes the next step from the queue. With `of`, takes the next step of that fetch.
    pub(crate) fn take_step(&mut self, of: Option<FetchId>) -> Option<Step> {
        let Some(id) = of else { return self.steps.pop_front() };
        let next = self.steps.iter().position(|step| step.fetch() == Some(id))?;
        self.steps.remove(next)
    }

    /// How many steps are queued.
    pub(crate) fn queued(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn is_in_flight(&self, id: FetchId) -> bool {
        self.in_flight.contains_key(&id)
    }

    /// The fetches in flight, in the order in which they were started.
    pub(crate) fn in_flight(&self) -> Vec<FetchId> {
        let mut ids: Vec<_> = self.in_flight.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Whether nothing is to come, neither events nor timers.
    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight.is_empty() && self.timers.next().is_none()
    }

    /// A fetch in flight.
    pub(crate) fn fetch(&self, id: FetchId) -> Option<&Fetch> {
        // SAFETY: in flight, so live. It is written to by methods that borrow the machine mutably,
        // and by callbacks, which do not run while it is borrowed.
        self.pointer(id).map(|fetch| unsafe { fetch.as_ref() })
    }

    #[cfg(fuzzing)]
    pub(crate) fn fetch_mut(&mut self, id: FetchId) -> Option<&mut Fetch> {
        // SAFETY: as for `fetch`.
        self.pointer(id).map(|mut fetch| unsafe { fetch.as_mut() })
    }

    #[cfg(fuzzing)]
    pub(crate) fn last_id(&self) -> FetchId {
        self.last_id
    }

    /// The fetch whose request has this handle.
    pub(crate) fn fetch_of(&self, handle: u32) -> Option<FetchId> {
        self.xhrs.get(handle).map(|xhr| xhr.fetch)
    }

    /// The response headers of the request that has this handle.
    pub(crate) fn response_headers(&self, handle: u32) -> Option<&str> {
        self.xhrs.get(handle).map(|xhr| &*xhr.headers)
    }

    /// The URL of the response to the request that has this handle, after redirects.
    pub(crate) fn response_url(&self, handle: u32) -> Option<&str> {
        self.xhrs.get(handle).map(|xhr| &*xhr.url)
    }

    /// Has the body of the request that has this handle stored as an entry with this text, or not
    /// stored.
    pub(crate) fn keep_entry(&mut self, handle: u32, text: Option<String>) {
        if let Some(xhr) = self.xhrs.get_mut(handle) {
            xhr.kept = text.map_or(Kept::Nothing, Kept::Entry);
        }
    }

    /// Whether the terminal callback that runs now reports that the cache has stored something.
    /// The answer is given once.
    pub(crate) fn take_has_stored(&mut self) -> bool {
        self.frames.last_mut().is_some_and(|frame| std::mem::take(&mut frame.has_stored))
    }

    /// Whether a synchronous fetch has timed out since the last call.
    pub(crate) fn take_timed_out(&mut self) -> bool {
        std::mem::take(&mut self.timed_out)
    }

    /// Takes the permit of the chunk that is being delivered.
    pub(crate) fn take_permit(&mut self) -> Option<Permit> {
        self.frames.last_mut().and_then(|frame| frame.permit.take())
    }

    pub(crate) fn audit(&mut self) -> Option<&mut Audit> {
        self.audit.as_mut()
    }
}

/// The operations that all inputs share.
impl Machine {
    pub(super) fn pointer(&self, id: FetchId) -> Option<NonNull<Fetch>> {
        self.in_flight.get(&id).map(InFlight::pointer)
    }

    pub(super) fn emit(&mut self, output: Output) {
        self.frame().outputs.push_back(output);
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("each input has a frame")
    }

    pub(super) fn call(&mut self, callback: Option<Callback>, fetch: NonNull<Fetch>) {
        if let Some(callback) = callback {
            self.emit(Output::Call(callback, fetch.cast()));
        }
    }

    /// The terminal callback is due: from here on, the struct is the program's.
    pub(super) fn end(&mut self, fetch: &mut Fetch, succeeded: bool) -> Option<Callback> {
        self.end_lookup(fetch);
        if let Some(in_flight) = self.in_flight.remove(&fetch.id) {
            in_flight.release();
        }
        if succeeded { fetch.attributes.onsuccess } else { fetch.attributes.onerror }
    }

    /// Makes the end of the lookup the last output, at most once.
    pub(super) fn end_lookup(&mut self, fetch: &mut Fetch) {
        if let Some(lookup) = fetch.lookup.take() {
            self.frame().lookup = Some(lookup);
        }
    }
}

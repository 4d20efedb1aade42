//! The state machine of upstream's `startFetch` and `fetchXHR`: which field is written when, and
//! which callback is due.
//!
//! It does no I/O, reads no clock, and calls no callback. It is told of what happens (`start`,
//! `handle`, `close`, …), each time followed by [`poll_output`](Machine::poll_output) until there
//! is no more output.
#![allow(unsafe_code)]

pub(crate) mod audit;
pub(crate) mod buffer;
pub(crate) mod event;
pub(crate) mod exchange;
pub(crate) mod fetch;
mod frame;
mod handles;
pub(crate) mod output;
pub(crate) mod raw_headers;
pub(crate) mod step;
mod stream;
mod synchronous;
pub(crate) mod task;
#[cfg(test)]
mod tests;
mod timers;
mod xhr;

use std::collections::{HashMap, VecDeque};
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::time::Instant;

use audit::Audit;
use buffer::Buffer;
use event::{Event, FetchId};
use exchange::Exchange;
use fetch::{Fetch, InFlight};
use frame::{Frame, Next};
use handles::Handles;
use output::{Output, Refused, Thrown};
use step::{CacheEvent, Step, TimerCall, XhrEvent};
use task::Task;
use timers::{Alarm, Timers};
use xhr::{Effect, Xhr, set_body};

use crate::sys::abi::{
    Callback, DONE, EMSCRIPTEN_FETCH_NO_DOWNLOAD, EMSCRIPTEN_FETCH_REPLACE, emscripten_fetch_t,
};

const STORE: &str = "EM_IDB_STORE";
const DELETE: &str = "EM_IDB_DELETE";

/// The fetches of one thread.
#[derive(Default)]
pub(crate) struct Machine {
    in_flight: HashMap<FetchId, InFlight>,
    xhrs: Handles<Xhr>,
    steps: VecDeque<Step>,
    timers: Timers,
    frames: Vec<Frame>,
    last_id: FetchId,
    last_timer: c_int,
    timed_out: bool,
    audit: Option<Audit>,
}

/// Inputs.
impl Machine {
    /// A fetch that is about to be made has this id.
    pub(crate) fn new_id(&mut self) -> FetchId {
        self.last_id += 1;
        self.last_id
    }

    /// `emscripten_fetch`. Answers with what it returns: `None` if nothing will ever come of it.
    pub(crate) fn start(&mut self, fetch: Box<Fetch>) -> Option<NonNull<emscripten_fetch_t>> {
        let id = fetch.id;
        if let Some(audit) = &mut self.audit {
            audit.on_made((&raw const *fetch).addr(), id, fetch.name());
        }
        let in_flight = InFlight::new(fetch);
        let pointer = in_flight.pointer();
        self.in_flight.insert(id, in_flight);
        self.frames.push(Frame { starting: Some(id), ..Frame::default() });
        // SAFETY: it was just made, and the program has not seen it.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let is_download_allowed = !fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD);
        let task = match fetch.attributes.method.as_str() {
            STORE => {
                // SAFETY: the terminal callback has not been called.
                let data = unsafe { fetch.attributes.request_data() };
                Some(Task::Store(Buffer::copy_of(data.unwrap_or_default())))
            }
            DELETE => Some(Task::Delete),
            _ if fetch.attributes.has(EMSCRIPTEN_FETCH_REPLACE) => None,
            _ => Some(Task::Load(fetch.attributes.second_key.take())),
        };
        if !matches!(task, Some(Task::Load(_))) {
            self.end_lookup(fetch);
        }
        match task {
            Some(task) => self.emit(Output::Cache(id, task)),
            None if is_download_allowed => self.open(pointer),
            None => {
                self.remove_unstarted(id);
                return None;
            }
        }
        Some(pointer.cast())
    }

    /// The driver has sent a request.
    pub(crate) fn sent(&mut self, id: FetchId, now: Instant) {
        let Some(pointer) = self.pointer(id) else { return };
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let timeout = fetch.attributes.timeout();
        let due = timeout.map(|timeout| self.timers.set(now + timeout, Alarm::Timeout(id)));
        self.allocate_handle(fetch, Xhr::opened(id, true, due));
    }

    /// The driver has refused a request or a task.
    pub(crate) fn refused(&mut self, id: FetchId, refused: Refused) {
        let Some(pointer) = self.pointer(id) else { return };
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let callback = match refused {
            Refused::Request(Thrown::Open(message)) => return self.throw(id, message),
            Refused::Request(Thrown::Send) => {
                self.allocate_handle(fetch, Xhr::opened(id, false, None));
                self.end(fetch, false)
            }
            Refused::Task(Task::Load(_)) => {
                self.end_lookup(fetch);
                if !fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD) {
                    return self.open(pointer);
                }
                self.end(fetch, false)
            }
            // A download is a success even if its body cannot be stored.
            Refused::Task(Task::Store(body)) if fetch.attributes.method != STORE => {
                set_body(fetch, body);
                self.end(fetch, true)
            }
            Refused::Task(_) => self.end(fetch, false),
        };
        self.call(callback, pointer);
    }

    /// One step of JavaScript's event loop.
    pub(crate) fn handle(&mut self, step: Step) {
        self.frames.push(Frame::default());
        self.perform(step);
    }

    /// Appends the steps of timers that are due, and ends transfers whose time is over.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.frames.push(Frame::default());
        while let Some(alarm) = self.timers.take(now) {
            match alarm {
                Alarm::Call(call) => self.steps.push_back(Step::Timer(call)),
                Alarm::Timeout(id) => self.time_out(id),
            }
        }
    }

    /// `emscripten_fetch_close`. `false` if it refuses.
    ///
    /// # Safety
    /// `fetch` is a live fetch of this machine, and is not used after the outputs are carried out,
    /// unless this refuses. Under an audit it may have been freed.
    pub(crate) unsafe fn close(&mut self, fetch: NonNull<Fetch>) -> bool {
        if self.is_closed_twice(fetch) {
            return false;
        }
        // SAFETY: the caller guarantees a live fetch.
        let live = unsafe { &mut *fetch.as_ptr() };
        if live.abi.id == 0 || live.abi.readyState > DONE {
            return false;
        }
        let mut onerror = live.attributes.onerror.filter(|_| live.abi.readyState != DONE);
        if let (Some(audit), Some(_), false) =
            (&mut self.audit, onerror, self.in_flight.contains_key(&live.id))
        {
            audit.on_repeated_callback(live.id);
            onerror = None;
        }
        if onerror.is_some() {
            live.abi.status = u16::MAX;
            live.set_status_text("aborted with emscripten_fetch_close()");
        }
        self.frames.push(Frame { next: [Next::Free(fetch)].into(), ..Frame::default() });
        self.call(onerror, fetch);
        true
    }

    /// `emscripten_set_timeout`. Without a time, the call is due at once.
    pub(crate) fn set_timer(
        &mut self,
        due: Option<Instant>,
        function: unsafe extern "C" fn(*mut c_void),
        argument: *mut c_void,
    ) -> c_int {
        self.last_timer = self.last_timer.checked_add(1).unwrap_or(1);
        let call = TimerCall { id: self.last_timer, function, argument };
        match due {
            None => self.steps.push_back(Step::Timer(call)),
            Some(due) => _ = self.timers.set(due, Alarm::Call(call)),
        }
        self.last_timer
    }

    /// `emscripten_clear_timeout`. A step before a call that is due may clear it.
    pub(crate) fn clear_timer(&mut self, timer: c_int) {
        self.timers.clear_call(timer);
        self.steps.retain(|step| !matches!(step, Step::Timer(call) if call.id == timer));
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
}

/// Outputs, and questions.
impl Machine {
    /// The next output of the latest input. The one before has to be carried out.
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

    /// The next step that is queued; of this fetch, if it is one's turn alone.
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

    /// The response headers of the request that has this handle.
    pub(crate) fn response_headers(&self, handle: u32) -> Option<&str> {
        self.xhrs.get(handle).map(|xhr| &*xhr.headers)
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

    pub(crate) fn audit(&mut self) -> Option<&mut Audit> {
        self.audit.as_mut()
    }
}

impl Machine {
    fn pointer(&self, id: FetchId) -> Option<NonNull<Fetch>> {
        self.in_flight.get(&id).map(InFlight::pointer)
    }

    fn emit(&mut self, output: Output) {
        self.frame().outputs.push_back(output);
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("each input has a frame")
    }

    fn call(&mut self, callback: Option<Callback>, fetch: NonNull<Fetch>) {
        if let Some(callback) = callback {
            self.emit(Output::Call(callback, fetch.cast()));
        }
    }

    /// The terminal callback is due: from here on, the struct is the program's.
    fn end(&mut self, fetch: &Fetch, succeeded: bool) -> Option<Callback> {
        if let Some(in_flight) = self.in_flight.remove(&fetch.id) {
            in_flight.release();
        }
        if succeeded { fetch.attributes.onsuccess } else { fetch.attributes.onerror }
    }

    fn end_lookup(&mut self, fetch: &mut Fetch) {
        let lookup = fetch.lookup.take();
        self.frame().lookup = lookup;
    }

    /// `open` and `setRequestHeader`; the driver does the rest.
    fn open(&mut self, fetch: NonNull<Fetch>) {
        // SAFETY: its callers have it in flight, and do not use another reference to it.
        let fetch = unsafe { fetch.as_ref() };
        let id = fetch.id;
        // SAFETY: no terminal callback has been called.
        let body = unsafe { fetch.attributes.request_data() }.map(<[u8]>::to_vec);
        match Exchange::new(fetch, body) {
            Ok(exchange) => self.emit(Output::Send(id, Box::new(exchange))),
            Err(message) => self.throw(id, message),
        }
    }

    /// As upstream, a fetch at which JavaScript throws never completes.
    fn throw(&mut self, id: FetchId, message: String) {
        if self.frame().starting == Some(id) {
            self.remove_unstarted(id);
        } else if let Some(in_flight) = self.in_flight.remove(&id) {
            in_flight.release();
        }
        self.emit(Output::Throw(message));
    }

    /// Frees a fetch that the program does not know of.
    fn remove_unstarted(&mut self, id: FetchId) {
        let Some(in_flight) = self.in_flight.remove(&id) else { return };
        if let Some(audit) = &mut self.audit {
            audit.on_freed(in_flight.pointer().addr().get(), id, false);
        }
    }

    fn allocate_handle(&mut self, fetch: &mut Fetch, xhr: Xhr) {
        // A cache that answers twice would leave the first request behind.
        if self.xhrs.get(fetch.handle).is_some_and(|xhr| xhr.fetch == fetch.id) {
            self.free_handle(fetch.handle);
        }
        fetch.handle = self.xhrs.allocate(xhr);
        fetch.abi.id = fetch.handle;
    }

    fn free_handle(&mut self, handle: u32) -> Option<Xhr> {
        let xhr = self.xhrs.free(handle)?;
        if let Some(due) = xhr.timeout {
            self.timers.clear(due);
        }
        Some(xhr)
    }

    fn perform(&mut self, step: Step) {
        match step {
            Step::Timer(call) => self.emit(Output::Timer(call)),
            Step::Xhr(id, event) => match self.pointer(id) {
                Some(fetch) => self.on_xhr_event(fetch, event),
                None => {
                    if let Some(audit) = &mut self.audit {
                        audit.on_orphan_xhr_event(id, &event);
                    }
                }
            },
            Step::Cache(id, event) => match self.pointer(id) {
                Some(fetch) => self.on_cache_event(fetch, event),
                None => {
                    if let Some(audit) = &mut self.audit {
                        audit.on_orphan_cache_event(id);
                    }
                }
            },
        }
    }

    fn on_xhr_event(&mut self, pointer: NonNull<Fetch>, event: XhrEvent) {
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let id = fetch.id;
        if let XhrEvent::Error(cause) = &event {
            fetch.cause = Some(cause.clone());
        }
        let is_stream = fetch.attributes.streams();
        if let Some(audit) = self.audit.as_mut().filter(|_| !is_stream) {
            audit.on_event(id, &event);
        }
        // As upstream, events of a handle that has been freed are ignored.
        let Some(xhr) = self.xhrs.get_mut(fetch.handle).filter(|xhr| xhr.fetch == id) else {
            return;
        };
        let effect = if is_stream {
            stream::on_event(fetch, xhr, event)
        } else if fetch.attributes.is_synchronous() {
            self.timed_out |= matches!(event, XhrEvent::Timeout);
            synchronous::on_event(fetch, xhr, event)
        } else {
            xhr::on_event(fetch, xhr, event)
        };
        if let Some(due) = xhr.timeout.take_if(|_| !xhr.is_sent) {
            self.timers.clear(due);
        }
        let callback = match effect {
            Effect::Call(callback) => callback,
            Effect::CallThen(callback, events) => {
                let next = events.into_iter().map(|event| Next::Event(id, event));
                self.frame().next.extend(next);
                callback
            }
            Effect::Store(body) => return self.emit(Output::Cache(id, Task::Store(body))),
            Effect::End { succeeded } => self.end(fetch, succeeded),
        };
        self.call(callback, pointer);
    }

    fn on_cache_event(&mut self, pointer: NonNull<Fetch>, event: CacheEvent) {
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let callback = match event {
            CacheEvent::Found(body) => {
                self.end_lookup(fetch);
                fetch.abi.dataOffset = 0;
                fetch.abi.totalBytes = body.len();
                (fetch.abi.data, fetch.abi.numBytes) = body.into_raw();
                set_result(fetch, 200, "OK");
                self.end(fetch, true)
            }
            CacheEvent::Missing => {
                self.end_lookup(fetch);
                set_result(fetch, 404, "Not Found");
                if !fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD) {
                    return self.open(pointer);
                }
                self.end(fetch, false)
            }
            CacheEvent::Stored { body, stored } => {
                let (status, text) = if stored { (200, "OK") } else { (413, "Payload Too Large") };
                set_result(fetch, status, text);
                self.frame().has_stored = stored;
                if fetch.attributes.method == STORE {
                    self.end(fetch, stored)
                } else {
                    // A download is a success even if its body could not be stored.
                    set_body(fetch, body);
                    self.end(fetch, true)
                }
            }
            CacheEvent::Deleted(deleted) => {
                let (status, text) = if deleted { (200, "OK") } else { (404, "Not Found") };
                set_result(fetch, status, text);
                self.end(fetch, deleted)
            }
        };
        self.call(callback, pointer);
    }

    /// If the transfer finished before its timeout, ignores the timeout, even if this thread
    /// processes both late.
    fn time_out(&mut self, id: FetchId) {
        let is_its_end = |step: &Step| step.fetch() == Some(id) && step.is_end_of_transfer();
        if !self.steps.iter().any(is_its_end) {
            self.emit(Output::Cancel(id));
            self.push_event(id, Event::TimedOut);
        }
    }

    fn is_closed_twice(&mut self, fetch: NonNull<Fetch>) -> bool {
        self.audit.as_mut().is_some_and(|audit| audit.closes_twice(fetch.addr().get()))
    }

    /// The request of a fetch is gone with its handle: it never completes.
    fn lose(&mut self, id: FetchId) {
        let Some(in_flight) = self.in_flight.remove(&id) else { return };
        in_flight.release();
        if let Some(audit) = &mut self.audit {
            audit.on_foreign_close(id);
        }
    }

    /// `fetchFree`: frees a struct, and the handle that it has, even if that is the handle of
    /// another fetch.
    fn free(&mut self, fetch: NonNull<Fetch>) {
        if self.is_closed_twice(fetch) {
            return;
        }
        // SAFETY: the caller of `close` gave it up, and `onerror` has not closed it, which upstream
        // would not survive, either.
        let fetch = unsafe { Box::from_raw(fetch.as_ptr()) };
        if let Some(xhr) = self.free_handle(fetch.abi.id) {
            if xhr.is_sent {
                self.emit(Output::Cancel(xhr.fetch));
            }
            if xhr.fetch != fetch.id && xhr.ready_state < DONE {
                self.lose(xhr.fetch);
            }
        }
        let in_flight = self.in_flight.remove(&fetch.id);
        if let Some(audit) = &mut self.audit {
            audit.on_freed((&raw const *fetch).addr(), fetch.id, in_flight.is_some());
        }
        if let Some(in_flight) = in_flight {
            in_flight.release();
        }
    }
}

/// The result of the cache, as an HTTP status.
fn set_result(fetch: &mut Fetch, status: u16, text: &str) {
    fetch.abi.readyState = DONE;
    fetch.abi.status = status;
    fetch.set_status_text(text);
}

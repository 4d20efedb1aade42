//! Starts: `emscripten_fetch`, and the answers of the driver to a request or a task.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::time::Instant;

use super::buffer::Buffer;
use super::event::FetchId;
use super::exchange::Exchange;
use super::fetch::{DELETE, Fetch, InFlight, STORE};
use super::frame::Frame;
use super::output::{Output, Refused, Thrown};
use super::state::Machine;
use super::task::Task;
use super::timers::Alarm;
use super::xhr::{Xhr, set_body};
use crate::sys::abi::{EMSCRIPTEN_FETCH_NO_DOWNLOAD, EMSCRIPTEN_FETCH_REPLACE, emscripten_fetch_t};

impl Machine {
    /// `emscripten_fetch`. Returns `None` if the fetch would never complete.
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
            _ if fetch.attributes.entry_lookup.is_some() => Some(Task::LoadEntry),
            _ => Some(Task::Load(fetch.attributes.second_key.take())),
        };
        if !matches!(task, Some(Task::Load(_) | Task::LoadEntry)) {
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
            Refused::Task(Task::Load(_) | Task::LoadEntry) => {
                self.end_lookup(fetch);
                if !fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD) {
                    return self.open(pointer);
                }
                self.end(fetch, false)
            }
            // A download is a success even if its body cannot be stored.
            Refused::Task(Task::Store(body) | Task::StoreEntry(body, _))
                if fetch.attributes.method != STORE =>
            {
                set_body(fetch, body);
                self.end(fetch, true)
            }
            Refused::Task(_) => self.end(fetch, false),
        };
        self.call(callback, pointer);
    }

    /// `open` and `setRequestHeader`; the driver does the rest.
    pub(super) fn open(&mut self, fetch: NonNull<Fetch>) {
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
}

//! Steps: the consequences of the events of a request and of the cache.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::buffer::Buffer;
use super::event::{Entry, FetchId};
use super::fetch::{Fetch, STORE};
use super::frame::{Frame, Next};
use super::output::{Decided, Output};
use super::state::Machine;
use super::step::{CacheEvent, Step, XhrEvent};
use super::xhr::{self, Effect, set_body};
use super::{stream, synchronous};
use crate::sys::abi::{Callback, DONE, EMSCRIPTEN_FETCH_NO_DOWNLOAD};

impl Machine {
    /// One step of JavaScript's event loop.
    pub(crate) fn handle(&mut self, step: Step) {
        self.frames.push(Frame::default());
        self.perform(step);
    }

    pub(super) fn perform(&mut self, step: Step) {
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

    fn on_xhr_event(&mut self, pointer: NonNull<Fetch>, mut event: XhrEvent) {
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let id = fetch.id;
        if let XhrEvent::Error(cause) = &event {
            fetch.cause = Some(cause.clone());
        }
        if let XhrEvent::Chunk { permit, .. } = &mut event {
            self.frame().permit = permit.take();
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
            Effect::Store(task) => return self.emit(Output::Cache(id, task)),
            Effect::End { succeeded } => self.end(fetch, succeeded),
        };
        self.call(callback, pointer);
    }

    fn on_cache_event(&mut self, pointer: NonNull<Fetch>, event: CacheEvent) {
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        let callback = match event {
            CacheEvent::Found(body) => self.found(fetch, body),
            CacheEvent::FoundEntry(Entry { body, text }) => {
                let Some(lookup) = fetch.attributes.entry_lookup else { return };
                fetch.entry = Some(Entry { body, text: text.clone() });
                return self.emit(Output::Decide(fetch.id, lookup, text));
            }
            CacheEvent::Missing => return self.miss(pointer),
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
}

/// Lookups.
impl Machine {
    fn found(&mut self, fetch: &mut Fetch, body: Buffer) -> Option<Callback> {
        fetch.abi.dataOffset = 0;
        fetch.abi.totalBytes = body.len();
        (fetch.abi.data, fetch.abi.numBytes) = body.into_raw();
        set_result(fetch, 200, "OK");
        self.end(fetch, true)
    }

    fn miss(&mut self, pointer: NonNull<Fetch>) {
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        self.end_lookup(fetch);
        set_result(fetch, 404, "Not Found");
        if !fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD) {
            return self.open(pointer);
        }
        let callback = self.end(fetch, false);
        self.call(callback, pointer);
    }

    /// The decision about an entry.
    pub(crate) fn decided(&mut self, id: FetchId, decided: Decided) {
        let Some(pointer) = self.pointer(id) else { return };
        // SAFETY: in flight, so live; no callback runs.
        let fetch = unsafe { &mut *pointer.as_ptr() };
        match decided {
            Decided::Forget => fetch.entry = None,
            Decided::Ask(headers) => fetch.attributes.headers.extend(headers),
            Decided::Use => {
                let body = fetch.entry.take().map_or_else(Buffer::new, |entry| entry.body);
                let callback = self.found(fetch, body);
                return self.call(callback, pointer);
            }
        }
        self.miss(pointer);
    }
}

/// The result of the cache, as an HTTP status.
fn set_result(fetch: &mut Fetch, status: u16, text: &str) {
    fetch.abi.readyState = DONE;
    fetch.abi.status = status;
    fetch.set_status_text(text);
}

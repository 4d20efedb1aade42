//! `XMLHttpRequest` as `fetchXHR` listens to it: the fields that each event writes, and the
//! callback that it makes.

use std::ffi::CString;
use std::{mem, ptr};

use super::buffer::Buffer;
use super::event::{FetchId, Head};
use super::fetch::Fetch;
use super::step::XhrEvent;
use super::task::Task;
use super::timers::Due;
use crate::sys::abi::{Callback, DONE, HEADERS_RECEIVED, LOADING, OPENED};

/// An `XMLHttpRequest`, or the `FetchXHR` that stands in for it in a stream.
pub(super) struct Xhr {
    pub(super) fetch: FetchId,
    pub(super) ready_state: u16,
    pub(super) status: u16,
    pub(super) status_text: String,
    pub(super) headers: String,
    /// After redirects.
    pub(super) url: String,
    /// The form in which the body is stored.
    pub(super) kept: Kept,
    /// 0 if unknown.
    pub(super) content_length: u64,
    /// Whether `send` was called and the transfer has not ended.
    pub(super) is_sent: bool,
    /// Is cleared when the transfer has ended.
    pub(super) timeout: Option<Due>,
    pub(super) stream: StreamState,
    /// How much of the request's body was reported as sent.
    pub(super) uploaded: u64,
}

/// The form in which the body of a 200 is stored, if the fetch is to be stored.
#[derive(Default)]
pub(super) enum Kept {
    #[default]
    Body,
    /// As an entry with this text.
    Entry(String),
    Nothing,
}

/// The state of a stream.
#[derive(Default)]
pub(super) struct StreamState {
    pub(super) loaded: u64,
    /// The length of the last chunk.
    pub(super) last_chunk: u64,
    /// An error has been reported.
    pub(super) is_broken: bool,
}

impl Xhr {
    /// After `open`, and after `send` if that has not thrown.
    pub(super) fn opened(fetch: FetchId, is_sent: bool, timeout: Option<Due>) -> Self {
        Self {
            fetch,
            ready_state: OPENED,
            status: 0,
            status_text: String::new(),
            headers: String::new(),
            url: String::new(),
            kept: Kept::Body,
            content_length: 0,
            is_sent,
            timeout,
            stream: StreamState::default(),
            uploaded: 0,
        }
    }

    pub(super) fn receive(&mut self, fetch: &mut Fetch, head: Head) {
        self.url.clone_from(&head.url);
        fetch.response_url = CString::new(head.url).ok();
        self.ready_state = HEADERS_RECEIVED;
        self.status = head.status;
        self.status_text = head.status_text;
        self.headers = head.headers;
        self.content_length = head.content_length;
    }

    /// A network error has no headers and no status.
    fn become_network_error(&mut self) {
        let timeout = self.timeout.take();
        *self = Self { ready_state: DONE, ..Self::opened(self.fetch, false, timeout) };
    }
}

/// The consequence of an event.
pub(super) enum Effect {
    /// A callback is due, unless the program has none.
    Call(Option<Callback>),
    /// The same, and these events follow in the same task.
    CallThen(Option<Callback>, Vec<XhrEvent>),
    /// The body goes to the cache, if the cache takes it. That is not the end.
    Store(Task),
    /// The terminal callback is due: `onsuccess` or `onerror`.
    End { succeeded: bool },
}

pub(super) fn on_event(fetch: &mut Fetch, xhr: &mut Xhr, event: XhrEvent) -> Effect {
    match event {
        XhrEvent::Upload(loaded) => upload(fetch, xhr, loaded),
        XhrEvent::HeadersReceived(head) => {
            xhr.receive(fetch, head);
            Effect::Call(ready_state_changed(fetch, xhr))
        }
        XhrEvent::Loading => {
            xhr.ready_state = LOADING;
            Effect::Call(ready_state_changed(fetch, xhr))
        }
        XhrEvent::Progress(loaded) => {
            fetch.abi.data = ptr::null();
            fetch.abi.numBytes = 0;
            fetch.abi.dataOffset = loaded;
            fetch.abi.totalBytes = xhr.content_length;
            save_status(fetch, xhr);
            Effect::Call(fetch.attributes.onprogress)
        }
        // Only a stream has chunks.
        XhrEvent::Chunk { .. } => Effect::Call(None),
        XhrEvent::Done => {
            xhr.ready_state = DONE;
            xhr.is_sent = false;
            Effect::Call(ready_state_changed(fetch, xhr))
        }
        XhrEvent::Broken => {
            xhr.become_network_error();
            Effect::Call(ready_state_changed(fetch, xhr))
        }
        XhrEvent::Load { body, loaded } => load(fetch, xhr, body, loaded),
        XhrEvent::Error(_) => {
            save_response(fetch, xhr, 0);
            set_body(fetch, Buffer::new());
            Effect::End { succeeded: false }
        }
        XhrEvent::Timeout => Effect::End { succeeded: false },
    }
}

/// The progress of an upload. It grows, also if a redirect sends the body again, and ends when the
/// headers have come.
fn upload(fetch: &mut Fetch, xhr: &mut Xhr, loaded: u64) -> Effect {
    let total = fetch.attributes.request_data_size();
    if xhr.ready_state != OPENED || loaded <= xhr.uploaded || loaded > total {
        return Effect::Call(None);
    }
    xhr.uploaded = loaded;
    fetch.abi.data = ptr::null();
    fetch.abi.numBytes = 0;
    fetch.abi.dataOffset = loaded;
    fetch.abi.totalBytes = total;
    save_status(fetch, xhr);
    Effect::Call(fetch.attributes.onprogress)
}

/// `onload`. A body that is to be stored comes back when it is stored.
///
/// Upstream stores the body of any 2xx, and then a part answers for the whole. This backend stores
/// that of a 200 alone ([RFC 9111 §3.3](https://www.rfc-editor.org/rfc/rfc9111#section-3.3)).
fn load(fetch: &mut Fetch, xhr: &mut Xhr, body: Buffer, loaded: u64) -> Effect {
    save_response(fetch, xhr, loaded);
    if xhr.status == 200 && fetch.attributes.persists() {
        match mem::take(&mut xhr.kept) {
            Kept::Body => return Effect::Store(Task::Store(body)),
            Kept::Entry(text) => return Effect::Store(Task::StoreEntry(body, text)),
            Kept::Nothing => {}
        }
    }
    set_body(fetch, body);
    Effect::End { succeeded: (200..300).contains(&xhr.status) }
}

fn ready_state_changed(fetch: &mut Fetch, xhr: &Xhr) -> Option<Callback> {
    fetch.abi.readyState = xhr.ready_state;
    fetch.abi.status = xhr.status;
    fetch.attributes.onreadystatechange
}

/// An empty text does not replace the one that is there.
pub(super) fn save_status(fetch: &mut Fetch, xhr: &Xhr) {
    fetch.abi.readyState = xhr.ready_state;
    fetch.abi.status = xhr.status;
    if !xhr.status_text.is_empty() {
        fetch.set_status_text(&xhr.status_text);
    }
}

/// `saveResponseAndStatus`, except for the body.
pub(super) fn save_response(fetch: &mut Fetch, xhr: &Xhr, loaded: u64) {
    fetch.abi.dataOffset = 0;
    if loaded > 0 {
        fetch.abi.totalBytes = loaded;
    }
    save_status(fetch, xhr);
}

pub(super) fn set_body(fetch: &mut Fetch, body: Buffer) {
    let body = if fetch.attributes.loads_to_memory() { body } else { Buffer::new() };
    (fetch.abi.data, fetch.abi.numBytes) = body.into_raw();
}

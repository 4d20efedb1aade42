//! What upstream's `startFetch` and `fetchXHR` do, on the owner's side: which field is written
//! when, and who is called.
//!
//! A reaction writes into the struct and answers with the callback to be made; nothing is borrowed
//! while it runs.
#![allow(unsafe_code)]

pub(super) mod buffer;
pub(super) mod event;
pub(super) mod exchange;
pub(super) mod fetch;
pub(super) mod handles;
pub(super) mod step;
pub(super) mod stream;
pub(super) mod synchronous;
pub(super) mod timers;

use std::ffi::{CString, c_void};
use std::ptr;

use self::buffer::Buffer;
use self::event::Head;
use self::exchange::Order;
use self::fetch::{Fetch, InFlight};
use self::step::{Reaction, Step};
use crate::sys::abi::{
    Callback, DONE, EMSCRIPTEN_FETCH_NO_DOWNLOAD, EMSCRIPTEN_FETCH_REPLACE, HEADERS_RECEIVED,
    LOADING, OPENED, emscripten_fetch_t,
};
use crate::sys::backend::engine::{self, Thrown, Xhr};
use crate::sys::backend::event_loop;
use crate::sys::backend::live::store::Task;
use crate::sys::backend::script;

const STORE: &str = "EM_IDB_STORE";
const DELETE: &str = "EM_IDB_DELETE";

/// Who is told when a lookup is over, and with what.
pub(crate) struct Lookup {
    pub(crate) over: crate::sys::Lookup,
    pub(crate) token: *mut c_void,
}

/// How a fetch has begun.
pub(crate) enum Start {
    /// Something is still to come.
    Pending,
    /// It is over, and this is to be called.
    Over(Option<Callback>),
    /// Nothing will ever come.
    Nothing,
}

/// # Errors
/// What upstream throws through its caller.
pub(crate) fn start(fetch: &mut Fetch) -> Result<Start, String> {
    let downloads = !fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD);
    let task = match fetch.attributes.method.as_str() {
        STORE => {
            // SAFETY: no callback has been called.
            let data = unsafe { fetch.attributes.request_data() };
            Task::Store(Buffer::copy_of(data.unwrap_or_default()))
        }
        DELETE => Task::Delete,
        _ if fetch.attributes.has(EMSCRIPTEN_FETCH_REPLACE) => {
            return if downloads { send(fetch) } else { Ok(Start::Nothing) };
        }
        _ => Task::Load(fetch.attributes.also.take()),
    };
    let looks_up = matches!(task, Task::Load(_));
    match engine::with(|owner| owner.order(task, fetch)) {
        Ok(()) => {
            if looks_up {
                fetch.lookup = crate::sys::backend::LOOKUP.take();
            }
            Ok(Start::Pending)
        }
        Err(Task::Load(_)) if downloads => send(fetch),
        Err(_) => Ok(Start::Over(end(fetch, false))),
    }
}

/// `fetchXHR`: `open`, `setRequestHeader`, `send`.
fn send(fetch: &mut Fetch) -> Result<Start, String> {
    if fetch.attributes.streams() && fetch.attributes.is_synchronous() {
        return Err("FetchXHR cannot be synchronous".to_owned());
    }
    // SAFETY: no terminal callback has been called.
    let body = unsafe { fetch.attributes.request_data() }.map(<[u8]>::to_vec);
    let order = Order::new(&fetch.url(), &fetch.attributes, body)?;
    let sent = engine::with(|owner| {
        // A cache that answers twice would leave the first one behind.
        if owner.xhrs.get(fetch.id).is_some_and(|xhr| xhr.key == fetch.key) {
            owner.xhrs.free(fetch.id);
        }
        let (sent, transfer) = match owner.send(order, fetch) {
            Ok(transfer) => (true, transfer),
            Err(Thrown) => (false, None),
        };
        fetch.id = owner.xhrs.allocate(Xhr {
            key: fetch.key,
            ready_state: OPENED,
            transfer,
            ..Xhr::default()
        });
        sent
    });
    fetch.seen.id = fetch.id;
    Ok(if sent { Start::Pending } else { Start::Over(end(fetch, false)) })
}

/// The terminal callback is due: from here on the struct is the program's.
pub(crate) fn end(fetch: &Fetch, succeeded: bool) -> Option<Callback> {
    if let Some(in_flight) = engine::with(|owner| owner.in_flight.remove(&fetch.key)) {
        in_flight.release();
    }
    if succeeded { fetch.attributes.onsuccess } else { fetch.attributes.onerror }
}

/// Does one step.
pub(crate) fn perform(step: Step) {
    match step {
        // SAFETY: whoever called emscripten_set_timeout guarantees that this may be called, once.
        Step::Call(call) => event_loop::undisturbed(|| unsafe { (call.function)(call.argument) }),
        Step::React(key, reaction) => {
            let Some(pointer) =
                engine::with(|owner| owner.in_flight.get(&key).map(InFlight::pointer))
            else {
                return script::orphaned(key, &reaction);
            };
            // SAFETY: in flight, so live, and nobody else borrows it.
            let fetch = unsafe { &mut *pointer };
            let is_answer = matches!(reaction, Reaction::Found(_) | Reaction::Missing);
            let lookup = if is_answer { fetch.lookup.take() } else { None };
            let callback = react(fetch, reaction);
            // SAFETY: it is live, and borrowed no more.
            unsafe { call(callback, pointer.cast()) };
            // Whether or not somebody has asked.
            engine::with(|owner| owner.has_stored = false);
            if let Some(Lookup { over, token }) = lookup {
                // SAFETY: whoever called start_cached guarantees that this may be called, once.
                unsafe { over(token, -1.0) };
            }
        }
    }
}

/// # Safety
/// `fetch` is live, and not borrowed: the callback may free it.
pub(crate) unsafe fn call(callback: Option<Callback>, fetch: *mut emscripten_fetch_t) {
    if let Some(callback) = callback {
        // SAFETY: the program gave the callback for this fetch, which the caller guarantees is
        // live.
        event_loop::undisturbed(|| unsafe { callback(fetch) });
    }
}

fn react(fetch: &mut Fetch, reaction: Reaction) -> Option<Callback> {
    if let Reaction::Error(cause) = &reaction {
        fetch.cause = Some(cause.clone());
    }
    let special = if fetch.attributes.streams() {
        stream::react(fetch, reaction)
    } else {
        script::comes(fetch.key, &reaction);
        if fetch.attributes.is_synchronous() {
            synchronous::react(fetch, reaction)
        } else {
            Err(reaction)
        }
    };
    let as_ever = match special {
        Ok(callback) => return callback,
        Err(as_ever) => as_ever,
    };
    match as_ever {
        Reaction::HeadersReceived(head) => with_xhr(fetch, |fetch, xhr| {
            receive(fetch, xhr, head);
            ready_state_changed(fetch, xhr)
        })?,
        Reaction::Loading => with_xhr(fetch, |fetch, xhr| {
            xhr.ready_state = LOADING;
            ready_state_changed(fetch, xhr)
        })?,
        Reaction::Progress(loaded) => with_xhr(fetch, |fetch, xhr| {
            fetch.seen.data = ptr::null();
            fetch.seen.numBytes = 0;
            fetch.seen.dataOffset = loaded;
            fetch.seen.totalBytes = xhr.content_length;
            save_status(fetch, xhr);
            fetch.attributes.onprogress
        })?,
        // Only a stream has any.
        Reaction::Chunk { .. } => None,
        Reaction::Done => with_xhr(fetch, |fetch, xhr| {
            xhr.ready_state = DONE;
            xhr.transfer = None;
            ready_state_changed(fetch, xhr)
        })?,
        Reaction::Broken => with_xhr(fetch, |fetch, xhr| {
            *xhr = Xhr { key: xhr.key, ready_state: DONE, ..Xhr::default() };
            ready_state_changed(fetch, xhr)
        })?,
        Reaction::Load { body, loaded } => load(fetch, body, loaded),
        Reaction::Error(_) => {
            with_xhr(fetch, |fetch, xhr| save_response(fetch, xhr, 0))?;
            give(fetch, Buffer::new());
            end(fetch, false)
        }
        Reaction::Timeout => {
            with_xhr(fetch, |_, _| ())?;
            end(fetch, false)
        }
        Reaction::Found(body) => {
            let len = body.len();
            (fetch.seen.data, fetch.seen.numBytes) = body.into_raw();
            fetch.seen.dataOffset = 0;
            fetch.seen.totalBytes = len;
            settle(fetch, 200, "OK");
            end(fetch, true)
        }
        Reaction::Missing => missing(fetch),
        Reaction::Stored { body, stored } => {
            let (status, text) = if stored { (200, "OK") } else { (413, "Payload Too Large") };
            settle(fetch, status, text);
            engine::with(|owner| owner.has_stored = stored);
            if fetch.attributes.method == STORE {
                return end(fetch, stored);
            }
            // A download is one also if it could not be stored.
            give(fetch, body);
            end(fetch, true)
        }
        Reaction::Deleted(deleted) => {
            let (status, text) = if deleted { (200, "OK") } else { (404, "Not Found") };
            settle(fetch, status, text);
            end(fetch, deleted)
        }
    }
}

/// Nothing happens if the request's id has been freed: upstream ignores its events then.
pub(crate) fn with_xhr<R>(
    fetch: &mut Fetch,
    then: impl FnOnce(&mut Fetch, &mut Xhr) -> R,
) -> Option<R> {
    engine::with(|owner| {
        let xhr = owner.xhrs.get_mut(fetch.id).filter(|xhr| xhr.key == fetch.key)?;
        Some(then(fetch, xhr))
    })
}

pub(crate) fn receive(fetch: &mut Fetch, xhr: &mut Xhr, head: Head) {
    fetch.response_url = CString::new(head.url).ok();
    xhr.ready_state = HEADERS_RECEIVED;
    xhr.status = head.status;
    xhr.status_text = head.status_text;
    xhr.headers = head.headers;
    xhr.content_length = head.content_length;
}

fn ready_state_changed(fetch: &mut Fetch, xhr: &Xhr) -> Option<Callback> {
    fetch.seen.readyState = xhr.ready_state;
    fetch.seen.status = xhr.status;
    fetch.attributes.onreadystatechange
}

/// An empty text does not replace what is there.
pub(crate) fn save_status(fetch: &mut Fetch, xhr: &Xhr) {
    fetch.seen.readyState = xhr.ready_state;
    fetch.seen.status = xhr.status;
    if !xhr.status_text.is_empty() {
        fetch.set_status_text(&xhr.status_text);
    }
}

/// All of `saveResponseAndStatus` but the body.
pub(crate) fn save_response(fetch: &mut Fetch, xhr: &Xhr, loaded: u64) {
    fetch.seen.dataOffset = 0;
    if loaded > 0 {
        fetch.seen.totalBytes = loaded;
    }
    save_status(fetch, xhr);
}

fn give(fetch: &mut Fetch, body: Buffer) {
    let body = if fetch.attributes.loads_to_memory() { body } else { Buffer::new() };
    (fetch.seen.data, fetch.seen.numBytes) = body.into_raw();
}

/// What the cache says, in the words of HTTP.
fn settle(fetch: &mut Fetch, status: u16, text: &str) {
    fetch.seen.readyState = DONE;
    fetch.seen.status = status;
    fetch.set_status_text(text);
}

/// `onload`. A body that is stored comes back when it is.
///
/// Upstream stores a body of any 2xx, and then a part answers for the whole. This backend stores
/// that of a 200 alone ([RFC 9111 §3.3](https://www.rfc-editor.org/rfc/rfc9111#section-3.3)).
fn load(fetch: &mut Fetch, mut body: Buffer, loaded: u64) -> Option<Callback> {
    let status = with_xhr(fetch, |fetch, xhr| {
        save_response(fetch, xhr, loaded);
        xhr.status
    })?;
    let succeeded = (200..300).contains(&status);
    if status == 200 && fetch.attributes.persists() {
        match engine::with(|owner| owner.order(Task::Store(body), fetch)) {
            Err(Task::Store(refused)) => body = refused,
            _ => return None,
        }
    }
    give(fetch, body);
    end(fetch, succeeded)
}

/// # Panics
/// If the request is one that upstream throws at. Nobody hears of it again, as there.
fn missing(fetch: &mut Fetch) -> Option<Callback> {
    settle(fetch, 404, "Not Found");
    if fetch.attributes.has(EMSCRIPTEN_FETCH_NO_DOWNLOAD) {
        return end(fetch, false);
    }
    match send(fetch) {
        Ok(Start::Over(callback)) => callback,
        Ok(_) => None,
        Err(thrown) => {
            end(fetch, false);
            panic!("{thrown}");
        }
    }
}

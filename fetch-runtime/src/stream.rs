//! Streams: hands out chunks, and makes the end of a stream look like that of any other request.
#![allow(unsafe_code)]

use std::mem;

use crate::inflight::Core;
use crate::sys::{Callback, DONE, Received, backend, emscripten_fetch_t};
use crate::trampoline::{TIMED_OUT, callback, core, is_lost, take_data};
use crate::{Body, Chunk, Outcome, Request, RequestString, StartError, deadline};

/// What is different for a stream. Programs without one are not linked with it.
#[derive(Clone, Copy)]
pub(crate) struct Stream {
    /// What upstream's stream would throw at, ignore, or do otherwise than XMLHttpRequest.
    pub(crate) check: fn(&mut Request),
    pub(crate) onprogress: Callback,
    /// Called when it has started.
    pub(crate) started: unsafe fn(id: u32),
    /// Called first, when it ends.
    pub(crate) end: fn(&Core, &mut emscripten_fetch_t),
}

pub(crate) static STREAM: Stream =
    Stream { check, onprogress: callback(onprogress), started: backend::guard_chunks, end };

/// With each thing that is asked for.
fn check(request: &mut Request) {
    if !backend::fetch_streaming_supported() {
        request.refuse(StartError::StreamingNotSupported);
    }
    let reason = if request.method.eq_ignore_ascii_case("HEAD") {
        "a HEAD request has no body"
    } else if request.uses_the_cache() {
        "a stream is not stored: leave out `cache`, or `on_chunk`"
    } else if request.mime_type.is_some() {
        "the MIME type of a stream cannot be overridden: leave out `mime_type`, or `on_chunk`"
    } else {
        join_headers(&mut request.headers);
        check_auth(request);
        // More would be nothing for the timer of JS.
        request.timeout_ms = request.timeout_ms.min(deadline::LONGEST);
        return;
    };
    request.refuse(StartError::StreamNotAllowed { reason });
}

/// Upstream's `setRequestHeader` replaces a value where the browser's appends.
fn join_headers(headers: &mut Vec<(RequestString, RequestString)>) {
    let mut joined: Vec<(RequestString, RequestString)> = Vec::with_capacity(headers.len());
    for (name, value) in headers.drain(..) {
        match joined
            .iter_mut()
            .find(|(other, _)| other.as_str().eq_ignore_ascii_case(name.as_str()))
        {
            Some((_, first)) => *first = [first.as_str(), value.as_str()].join(", ").into(),
            None => joined.push((name, value)),
        }
    }
    *headers = joined;
}

/// Upstream's `open` makes a header of it, of Latin-1 characters as JS has it, and throws at
/// others.
fn check_auth(request: &mut Request) {
    let Some((user, password)) = &request.auth else { return };
    let is_latin1 =
        |text: &RequestString| text.as_str().chars().all(|character| character <= '\u{ff}');
    if user.as_str().is_empty() || !is_latin1(user) || !is_latin1(password) {
        request.refuse(StartError::InvalidAuth {
            reason: "with `on_chunk` there has to be a user name, and characters end at U+00FF: \
                     add an `Authorization` header instead",
        });
    } else if request
        .headers
        .iter()
        .any(|(name, _)| name.as_str().eq_ignore_ascii_case("Authorization"))
    {
        request.auth = None;
    }
}

/// # Safety
/// C calls it during a fetch that start.rs started.
unsafe extern "C-unwind" fn onprogress(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    // SAFETY: start.rs put it there; it lives until the terminal callback.
    let core = unsafe { core(fetch.userData) };
    let offset = mem::replace(&mut fetch.dataOffset, TIMED_OUT);
    let (body, is_lost) = match backend::take_chunk() {
        Some(Received::Body(body)) => (body, false),
        Some(Received::Lost) => (Body::EMPTY, true),
        None => {
            let is_lost = is_lost(fetch);
            // Moved out, or upstream would forget it at the end.
            // SAFETY: the caller guarantees a live fetch.
            (unsafe { take_data(fetch) }, is_lost)
        }
    };
    if is_lost {
        core.give_up(Outcome::OutOfMemory);
    } else if !body.is_empty() {
        let total = (fetch.totalBytes != 0).then_some(fetch.totalBytes);
        core.chunk(Chunk { body, offset, total, status: fetch.status });
    }
}

/// As an XMLHttpRequest would have left it.
fn end(core: &Core, fetch: &mut emscripten_fetch_t) {
    if fetch.readyState < DONE {
        // For the stream that broke, upstream has counted one reason less to stay alive; ending it
        // will count another.
        backend::keep_alive(1);
        fetch.readyState = DONE;
        // What has no body to be streamed is broken for upstream, and its error's message the
        // reason phrase.
        fetch.status = core.head().filter(|status| is_null_body_status(*status)).unwrap_or(0);
        fetch.statusText[0] = 0;
    }
    // The last chunk, which poses as the body.
    // SAFETY: trampoline.rs has it from C, live and in its terminal callback.
    drop(unsafe { take_data(fetch) });
    fetch.numBytes = 0;
}

/// <https://fetch.spec.whatwg.org/#null-body-status>
fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}

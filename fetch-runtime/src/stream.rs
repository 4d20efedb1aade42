//! Streams: hands out chunks, and makes the end of a stream look like that of any other request.
#![allow(unsafe_code)]

use std::{mem, ptr};

use crate::inflight::Core;
use crate::progress::Flow;
use crate::sys::{Callback, DONE, backend, emscripten_fetch_t};
use crate::trampoline::{TIMED_OUT, callback, core};
use crate::{Body, Chunk, Outcome};

/// What is different for a stream. Programs without one are not linked with it.
#[derive(Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) onprogress: Callback,
    /// Called first, when it ends.
    pub(crate) end: fn(&Core, &mut emscripten_fetch_t),
}

pub(crate) static STREAM: Stream = Stream { onprogress: callback(onprogress), end };

/// # Safety
/// C calls it during a fetch that start.rs started.
unsafe extern "C-unwind" fn onprogress(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    // SAFETY: start.rs put it there; it lives until the terminal callback.
    let core = unsafe { core(fetch.userData) };
    let offset = mem::replace(&mut fetch.dataOffset, TIMED_OUT);
    let is_lost = fetch.numBytes > 0 && fetch.data.is_null();
    // Moved out, or upstream would forget it at the end.
    let body = take_data(fetch);
    if is_lost {
        core.stop(Flow::Lost);
    } else if !body.is_empty() {
        let total = (fetch.totalBytes != 0).then_some(fetch.totalBytes);
        core.chunk(Chunk { body, offset, total, status: fetch.status });
    }
}

/// As an XMLHttpRequest would have left it.
fn end(core: &Core, fetch: &mut emscripten_fetch_t) {
    if fetch.readyState < DONE {
        // For the stream that broke, upstream has counted one reason less to stay alive; ending it will count another.
        // SAFETY: it touches nothing of ours.
        unsafe { backend::emscripten_runtime_keepalive_push() };
        fetch.readyState = DONE;
        // What has no body to be streamed is broken for upstream, and its error's message the reason phrase.
        fetch.status = core.head().filter(|status| is_null_body_status(*status)).unwrap_or(0);
        fetch.statusText[0] = 0;
    }
    // The last chunk, which poses as the body.
    drop(take_data(fetch));
    fetch.numBytes = 0;
    match core.flow() {
        Flow::Open => {}
        // A length without bytes is how upstream tells of it.
        Flow::Lost => fetch.numBytes = 1,
        Flow::Stopped => core.settle(Outcome::Aborted),
    }
}

/// <https://fetch.spec.whatwg.org/#null-body-status>
fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}

fn take_data(fetch: &mut emscripten_fetch_t) -> Body {
    let data = mem::replace(&mut fetch.data, ptr::null());
    // A length over the address space has no bytes behind it.
    let len = usize::try_from(fetch.numBytes).unwrap_or(0);
    // SAFETY: upstream allocated `numBytes` bytes by malloc and filled them; the struct has forgotten them.
    unsafe { Body::from_malloc(data.cast_mut().cast(), len) }
}

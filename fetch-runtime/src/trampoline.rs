//! The entry points that C calls: extract, close, then call.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, NonNull};

use crate::close::close;
use crate::defer::defer;
use crate::inflight::{Core, InFlight, Known, Phase, invoke};
use crate::outcome::{Asked, Found};
use crate::response::{FinalUrl, StatusText};
use crate::sys::backend;
use crate::sys::{
    Callback, DONE, HEADERS_RECEIVED, Received, STATUS_TEXT_SIZE, TAKEN, emscripten_fetch_t,
};
use crate::{
    Body, CacheMode, Handler, Headers, Outcome, Progress, RequestString, Response, panic, stats,
};

/// A trampoline as C takes it.
///
/// No Rust panic leaves one, but a JS exception may pass through: a handler that starts a main
/// loop, or calls `exit`, throws one. Where exceptions are WebAssembly's own, an `extern "C"`
/// function would abort then.
pub(crate) const fn callback(
    trampoline: unsafe extern "C-unwind" fn(*mut emscripten_fetch_t),
) -> Callback {
    // SAFETY: the two ABIs differ in nothing but what may unwind; only C calls it.
    unsafe {
        std::mem::transmute::<unsafe extern "C-unwind" fn(*mut emscripten_fetch_t), Callback>(
            trampoline,
        )
    }
}

/// # Safety
/// C calls it as the `onsuccess` of a fetch that start.rs started with the same `H`, once.
pub(crate) unsafe extern "C-unwind" fn onsuccess<H: Handler>(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal::<H>(fetch, true) };
}

/// # Safety
/// C calls it as the `onerror` of a fetch that start.rs started with the same `H`, once.
pub(crate) unsafe extern "C-unwind" fn onerror<H: Handler>(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal::<H>(fetch, false) };
}

/// The end of a synchronous request that upstream has told nobody of: the browser has not either,
/// or there was an exception in the middle of it, as when memory cannot grow by the body.
///
/// # Safety
/// `fetch` is live, JS has no more to write into it, and no terminal callback was called nor will
/// be.
pub(crate) unsafe fn never_told<H: Handler>(mut fetch: NonNull<emscripten_fetch_t>) {
    // Upstream has counted a reason to stay alive.
    backend::keep_alive(-1);
    {
        // SAFETY: the caller guarantees that it is live.
        let fetch = unsafe { fetch.as_mut() };
        if fetch.readyState == DONE && fetch.status != 0 && fetch.data.is_null() {
            // As if there had been no memory for it.
            fetch.numBytes = 1;
        }
    }
    // SAFETY: start.rs started it with the same `H`, and this stands for its terminal callback.
    unsafe { terminal::<H>(fetch.as_ptr(), false) };
}

/// # Safety
/// As for [`onsuccess`].
unsafe fn terminal<H: Handler>(fetch: *mut emscripten_fetch_t, succeeded: bool) {
    let Some(fetch) = NonNull::new(fetch) else { return };
    // SAFETY: the caller guarantees a live fetch.
    let user_data = unsafe { fetch.as_ref() }.userData;
    // SAFETY: start.rs put it there, with the same `H`, and this is the only terminal callback.
    let state = unsafe { InFlight::<H>::take(user_data) };
    if let Some(stream) = state.core().stream {
        let mut fetch = fetch;
        // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
        (stream.end)(state.core(), unsafe { fetch.as_mut() });
    }
    let known = state.core().finish();
    // SAFETY: the caller guarantees a live fetch.
    let taken = unsafe { Taken::from(fetch) };
    // SAFETY: the caller guarantees a live fetch, which is not used after this.
    let (response, may_call) = unsafe { end(fetch, taken, known, succeeded) };
    let user = state.take_user();
    // Before the handler, which may never return.
    drop(state);
    let Some((context, listeners)) = user else { return };
    let call = move || invoke::<H>(listeners, response, context);
    if may_call { call() } else { defer(0, call) }
}

/// `onsuccess` of a fetch that C code started, or of one of ours.
///
/// # Safety
/// C calls it as the terminal callback of a live fetch, once; its userData is null, or was set by
/// this crate for the same `H`. The caller does not use the fetch after.
pub unsafe extern "C-unwind" fn onsuccess_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal_of_any::<H>(fetch, true) };
}

/// `onerror` of a fetch that C code started, or of one of ours.
///
/// # Safety
/// As for [`onsuccess_of_any`].
pub unsafe extern "C-unwind" fn onerror_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal_of_any::<H>(fetch, false) };
}

/// # Safety
/// As for [`onsuccess_of_any`].
unsafe fn terminal_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
    succeeded: bool,
) {
    let Some(fetch) = NonNull::new(fetch) else { return };
    // SAFETY: the caller guarantees a live fetch.
    if !unsafe { fetch.as_ref() }.userData.is_null() {
        // SAFETY: the caller guarantees that it is ours then.
        return unsafe { terminal::<H>(fetch.as_ptr(), succeeded) };
    }
    stats::started();
    // SAFETY: the caller guarantees a live fetch.
    let taken = unsafe { Taken::from(fetch) };
    // SAFETY: the caller guarantees a live fetch.
    let known = taken.guess(unsafe { copy_url(fetch) }, succeeded);
    // SAFETY: the caller guarantees a live fetch, which is not used after this.
    let (response, may_call) = unsafe { end(fetch, taken, known, succeeded) };
    let call = move || invoke::<H>(None, response, ());
    if may_call { call() } else { defer(0, call) }
}

/// Takes what else is needed out of the struct, and closes it. Also says whether user code may run
/// now: not inside `emscripten_fetch`, nor inside C code's `emscripten_fetch_close`.
///
/// # Safety
/// `fetch` is live, in its terminal callback, and not used after.
unsafe fn end(
    fetch: NonNull<emscripten_fetch_t>,
    taken: Taken,
    known: Known,
    succeeded: bool,
) -> (Response, bool) {
    let is_being_closed = taken.is_being_closed();
    let Known { asked, url, phase, head, status_text, received, is_stored, verdict } = known;
    // Loaded from where there are no statuses.
    let without_status = received.is_some() && taken.status == 0;
    let (body, body_is_lost) = match received {
        None => (taken.body, taken.body_is_lost),
        Some(Received::Body(body)) => (body, false),
        Some(Received::Lost) => (Body::EMPTY, true),
    };
    let found = Found {
        asked,
        succeeded: succeeded || without_status,
        has_id: taken.id != 0,
        ready_state: taken.ready_state,
        status: taken.status,
        head,
        body_is_lost,
        verdict: if is_being_closed { Some(Outcome::Aborted) } else { verdict },
        timed_out: taken.timed_out,
        is_stored,
    };
    let outcome = found.outcome();
    let answered = matches!(outcome, Outcome::Success | Outcome::HttpError | Outcome::OutOfMemory);
    let (headers, final_url) = if answered && found.has_id {
        // SAFETY: the caller guarantees a live fetch; it has a handle.
        let headers = Headers::from_raw(unsafe { backend::response_headers(fetch) });
        // SAFETY: the caller guarantees a live fetch.
        (Some(headers), unsafe { final_url(fetch, &url) })
    } else {
        (None, FinalUrl::Unknown)
    };
    let status_text = match status_text {
        _ if !answered => StatusText::EMPTY,
        // Without a body upstream had not written it when it was remembered; then the store's is
        // right for a 200.
        Some(text) if text.len > 0 || !body.is_empty() || found.head != Some(taken.status) => text,
        _ => taken.status_text,
    };
    let response = Response {
        url,
        final_url,
        status: found.true_status(outcome),
        status_text,
        headers,
        body: if answered { body } else { Body::EMPTY },
        outcome,
        cache_status: found.cache_status(),
        #[cfg(not(target_os = "emscripten"))]
        // SAFETY: the caller guarantees a live fetch.
        cause: unsafe { backend::cause(fetch.as_ptr()) }.filter(|_| outcome == Outcome::NetworkError),
    };
    if is_being_closed {
        // Whoever is closing it frees it when this returns.
        stats::closed(false);
        return (response, false);
    }
    // SAFETY: the caller guarantees a live fetch in its terminal callback, and gives it up.
    unsafe { close(fetch) };
    (response, phase != Phase::Starting)
}

/// What is read, and the body moved, out of the struct.
struct Taken {
    id: u32,
    ready_state: u16,
    status: u16,
    status_text: StatusText,
    body: Body,
    /// It had a length, and no bytes: malloc failed.
    body_is_lost: bool,
    timed_out: bool,
}

/// Written into `dataOffset` when a request ends without a status, and of a stream between its
/// chunks. Upstream writes 0 over it when the reason is a network error, and nothing when it is the
/// timeout: no clock could tell as exactly.
pub(crate) const TIMED_OUT: u64 = u64::MAX;

impl Taken {
    /// # Safety
    /// `fetch` is live, and in its terminal callback.
    unsafe fn from(mut fetch: NonNull<emscripten_fetch_t>) -> Self {
        // SAFETY: the caller guarantees that it is live; C does not touch it during its callback.
        let fetch = unsafe { fetch.as_mut() };
        let body_is_lost = is_lost(fetch);
        Self {
            id: fetch.id,
            ready_state: fetch.readyState,
            status: fetch.status,
            status_text: status_text(&fetch.statusText),
            body_is_lost,
            timed_out: fetch.dataOffset == TIMED_OUT,
            // SAFETY: the caller guarantees a live fetch.
            body: unsafe { take_data(fetch) },
        }
    }

    /// Inside C code's `emscripten_fetch_close` of a fetch in flight.
    fn is_being_closed(&self) -> bool {
        self.status == u16::MAX && self.ready_state < DONE
    }

    /// Of a fetch that C code has started.
    fn guess(&self, url: RequestString, succeeded: bool) -> Known {
        Known {
            asked: self.guess_asked(succeeded),
            url,
            // If nothing has been written yet, C code is still in its `emscripten_fetch`.
            phase: if self.ready_state == 0 { Phase::Starting } else { Phase::Transfer },
            head: (self.id != 0 && self.status != 0).then_some(self.status),
            status_text: None,
            received: None,
            is_stored: false,
            verdict: None,
        }
    }

    /// What C code may have asked for: upstream tells only its own half.
    fn guess_asked(&self, succeeded: bool) -> Asked {
        Asked::Download(match self.id {
            0 if self.status == 413 => return Asked::Store,
            // What the cache answers with has a place in memory, be it empty.
            0 if succeeded && !self.body.is_allocated() => return Asked::Delete,
            0 => CacheMode::OnlyIfCached,
            _ if succeeded && self.status == 413 => CacheMode::Reload,
            _ => CacheMode::NoStore,
        })
    }
}

/// It has a length, and no bytes: malloc has failed. Or it has more bytes than a slice can have.
pub(crate) fn is_lost(fetch: &emscripten_fetch_t) -> bool {
    fetch.numBytes > 0 && (fetch.data.is_null() || fetch.numBytes > isize::MAX as u64)
}

/// Moves the body, or a chunk of it, out of the struct.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn take_data(fetch: &mut emscripten_fetch_t) -> Body {
    let data = std::mem::replace(&mut fetch.data, ptr::null());
    if ptr::eq(data, &raw const TAKEN) {
        return Body::EMPTY;
    }
    // More than a slice can have is freed, and counts as lost.
    let len = isize::try_from(fetch.numBytes).map_or(0, isize::unsigned_abs);
    // SAFETY: upstream allocated `numBytes` bytes by malloc and filled them; the struct has
    // forgotten them.
    unsafe { Body::from_malloc(data.cast_mut().cast(), len) }
}

pub(crate) fn status_text(text: &[c_char; STATUS_TEXT_SIZE]) -> StatusText {
    let mut copy = StatusText::EMPTY;
    for (to, &from) in copy.bytes.iter_mut().zip(text).take_while(|(_, from)| **from != 0) {
        *to = from as u8;
        copy.len += 1;
    }
    copy
}

/// # Safety
/// `fetch` is live.
unsafe fn copy_url(fetch: NonNull<emscripten_fetch_t>) -> RequestString {
    // SAFETY: the caller guarantees that it is live.
    let url = unsafe { fetch.as_ref() }.url;
    if url.is_null() {
        return RequestString::EMPTY;
    }
    // SAFETY: upstream's strdup of the URL, which lives as long as the fetch.
    let url = unsafe { CStr::from_ptr(url) };
    RequestString::from(url.to_string_lossy())
}

/// # Safety
/// `fetch` is live.
unsafe fn final_url(fetch: NonNull<emscripten_fetch_t>, url: &RequestString) -> FinalUrl {
    // SAFETY: the caller guarantees a live fetch.
    let response_url = unsafe { backend::response_url(fetch.as_ptr()) };
    if response_url.is_null() {
        return FinalUrl::Unknown;
    }
    // SAFETY: the backend's C string, which lives as long as the fetch.
    let response_url = unsafe { CStr::from_ptr(response_url) };
    match response_url.to_bytes() {
        [] => FinalUrl::Unknown,
        same if same == url.as_str().as_bytes() => FinalUrl::Same,
        _ => FinalUrl::Other(response_url.to_owned()),
    }
}

/// # Safety
/// C calls it during a fetch that start.rs started.
pub(crate) unsafe extern "C-unwind" fn onprogress(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &*fetch };
    // SAFETY: start.rs put it there; it lives until the terminal callback.
    let core = unsafe { core(fetch.userData) };
    core.progress(progress(fetch));
}

/// `onprogress` of a fetch that C code started, or of one of ours.
///
/// # Safety
/// C calls it during a live fetch, whose userData is null, or was set by this crate.
pub unsafe extern "C-unwind" fn onprogress_of_any<H: Handler<Context = ()>>(
    fetch: *mut emscripten_fetch_t,
) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let progress = progress(match unsafe { fetch.as_ref() } {
        Some(fetch) if fetch.userData.is_null() => fetch,
        // SAFETY: the caller guarantees that it is ours then.
        Some(_) => return unsafe { onprogress(fetch) },
        None => return,
    });
    if let Some(on_progress) = H::ON_PROGRESS {
        panic::contain(|| on_progress(progress));
    }
}

fn progress(fetch: &emscripten_fetch_t) -> Progress {
    let &emscripten_fetch_t { dataOffset: loaded, totalBytes: total, .. } = fetch;
    Progress { loaded, total: (total != 0 && total >= loaded).then_some(total) }
}

/// # Safety
/// C calls it during a fetch that start.rs started.
pub(crate) unsafe extern "C-unwind" fn onreadystatechange(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    // SAFETY: start.rs put it there; it lives until the terminal callback.
    let core = unsafe { core(fetch.userData) };
    match fetch.readyState {
        HEADERS_RECEIVED => {
            core.headers_received(fetch.status);
            // A cache miss has left its own; JS writes the server's only if that is not empty.
            fetch.statusText[0] = 0;
        }
        // SAFETY: it is live, that of this request, and has a handle: `readyState` 4 is told of an
        // XMLHttpRequest.
        DONE => unsafe { core.done(fetch) },
        _ => {}
    }
}

/// Of a synchronous request: not every browser tells of a state before the last one.
///
/// # Safety
/// C calls it during a fetch that start.rs started.
pub(crate) unsafe extern "C-unwind" fn onreadystatechange_done(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    if fetch.readyState == DONE {
        // SAFETY: start.rs put it there; it lives until the terminal callback.
        let core = unsafe { core(fetch.userData) };
        if fetch.status != 0 {
            core.headers_received(fetch.status);
        }
        // SAFETY: it is live, that of this request, and has a handle.
        unsafe { core.done(fetch) };
    }
}

/// # Safety
/// `user_data` is that of a request in flight.
pub(crate) unsafe fn core<'a>(user_data: *mut c_void) -> &'a Core {
    // SAFETY: the caller guarantees it, and a Core is what every InFlight begins with.
    unsafe { &*user_data.cast_const().cast() }
}

#[cfg(all(test, not(target_os = "emscripten")))]
mod tests {
    use super::*;

    /// Upstream has room for it where memory has 4 GB; a slice has not.
    #[test]
    fn a_body_that_is_too_long_for_a_slice_is_freed_and_lost() {
        // SAFETY: nothing is asked of the caller.
        let data = unsafe { libc::malloc(1) }.cast_const().cast();
        let mut fetch = emscripten_fetch_t {
            id: 1,
            userData: ptr::null_mut(),
            url: ptr::null(),
            data,
            numBytes: isize::MAX as u64 + 1,
            dataOffset: 0,
            totalBytes: 0,
            readyState: DONE,
            status: 200,
            statusText: [0; STATUS_TEXT_SIZE],
        };
        assert!(is_lost(&fetch));
        // SAFETY: it is live, and owns `data`.
        let body = unsafe { take_data(&mut fetch) };
        assert!(body.is_empty() && fetch.data.is_null());
    }
}

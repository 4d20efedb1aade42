//! The functions that C calls for this crate's requests: extract, close, then call the handler.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::completion::complete;
use crate::flight::InFlight;
use crate::raw::snapshot::Snapshot;
use crate::raw::timeout;
use crate::sys::{DONE, backend, emscripten_fetch_t};

/// # Safety
/// C calls it as the `onsuccess` of a fetch that start.rs started, once.
pub(super) unsafe extern "C-unwind" fn onsuccess(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal(fetch, true) };
}

/// # Safety
/// C calls it as the `onerror` of a fetch that start.rs started, once.
pub(super) unsafe extern "C-unwind" fn onerror(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller's guarantee is the same.
    unsafe { terminal(fetch, false) };
}

/// Completes a synchronous request for which no terminal callback ran: the browser fired no event,
/// or JS threw half way, as when memory cannot grow by the body.
///
/// # Safety
/// `fetch` is live, JS has no more to write into it, and no terminal callback was called nor will
/// be.
pub(super) unsafe fn complete_without_callback(mut fetch: NonNull<emscripten_fetch_t>) {
    // Upstream has counted a reason to stay alive.
    backend::keep_alive(-1);
    {
        // SAFETY: the caller guarantees that it is live.
        let fetch = unsafe { fetch.as_mut() };
        if fetch.readyState == DONE && fetch.status != 0 && fetch.data.is_null() {
            // Marks the body as lost: there was no memory for it.
            fetch.numBytes = 1;
        }
    }
    // SAFETY: start.rs started it, and this stands for its terminal callback.
    unsafe { terminal(fetch.as_ptr(), false) };
}

/// # Safety
/// As for [`onsuccess`].
pub(super) unsafe fn terminal(fetch: *mut emscripten_fetch_t, succeeded: bool) {
    let Some(mut fetch) = NonNull::new(fetch) else { return };
    let flight = {
        // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
        let fetch = unsafe { fetch.as_mut() };
        // SAFETY: start.rs put it there, and this is the only terminal callback.
        let flight = unsafe { InFlight::take(fetch.userData) };
        flight.before_end(fetch);
        flight
    };
    // SAFETY: the caller guarantees a live fetch.
    let snapshot = unsafe { Snapshot::take(fetch) };
    // SAFETY: the caller guarantees a live fetch, which is not used after this.
    unsafe { complete(fetch, snapshot, flight, succeeded) };
}

/// # Safety
/// C calls it during a fetch that start.rs started.
pub(super) unsafe extern "C-unwind" fn onreadystatechange(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    // SAFETY: start.rs put it there; it is taken back in the terminal callback.
    let flight = unsafe { InFlight::borrow(fetch.userData) };
    // SAFETY: it is live, and that of this request.
    unsafe { flight.on_ready_state_change(fetch) };
}

/// `onreadystatechange` of a synchronous request: some browsers report only the last state.
///
/// # Safety
/// C calls it during a fetch that start.rs started.
pub(super) unsafe extern "C-unwind" fn onreadystatechange_done(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    if fetch.readyState == DONE {
        // SAFETY: start.rs put it there; it is taken back in the terminal callback.
        let flight = unsafe { InFlight::borrow(fetch.userData) };
        if fetch.status != 0 {
            flight.on_headers(fetch.status);
        }
        // SAFETY: it is live, that of this request, and has a handle.
        unsafe { flight.on_done(fetch) };
        // `start_synchronous` itself tells a timeout from a network error.
        timeout::unmark(fetch);
    }
}

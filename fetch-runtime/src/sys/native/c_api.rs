//! Upstream's C functions.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::ptr::{self, NonNull};

use super::machine::c_string;
use super::machine::fetch::{Extras, Fetch};
use super::{engine, event_loop};
use crate::sys::abi::{
    EMSCRIPTEN_FETCH_SYNCHRONOUS, EMSCRIPTEN_RESULT, EMSCRIPTEN_RESULT_INVALID_PARAM,
    EMSCRIPTEN_RESULT_SUCCESS, HEADERS_RECEIVED, emscripten_fetch_attr_t, emscripten_fetch_t,
};

/// # Safety
/// `attr` can be written to.
pub unsafe fn emscripten_fetch_attr_init(attr: *mut emscripten_fetch_attr_t) {
    // SAFETY: the caller guarantees it; all zeros are null pointers, `None` and 0.
    unsafe { attr.write_bytes(0, 1) };
}

/// Starts a fetch. A synchronous one is over when this returns, and the returned pointer dangles if
/// a callback has closed it.
///
/// # Safety
/// `attr` and `url` are null or live, the strings of `attr` are null or live; its callbacks may be
/// called with the fetch; `requestData` stays until a terminal callback.
///
/// # Panics
/// Where upstream throws: the method, the URL or a header is invalid.
pub unsafe fn emscripten_fetch(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> *mut emscripten_fetch_t {
    // SAFETY: the caller's guarantee is the same.
    unsafe { start_fetch(attr, url, Extras::default()) }
}

/// [`emscripten_fetch`] with extras.
///
/// # Safety
/// As for [`emscripten_fetch`].
///
/// # Panics
/// As [`emscripten_fetch`].
pub(super) unsafe fn start_fetch(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    extras: Extras,
) -> *mut emscripten_fetch_t {
    if attr.is_null() || url.is_null() || !engine::is_alive() {
        return ptr::null_mut();
    }
    // SAFETY: not null, so the caller guarantees that it is live.
    let attr = unsafe { &*attr };
    let id = engine::with(|engine| engine.machine.new_id());
    // SAFETY: the caller guarantees live strings.
    let fetch = unsafe { Fetch::new(attr, url, extras, id) };
    let started = engine::with(|engine| engine.machine.start(fetch));
    event_loop::drain();
    if attr.attributes & EMSCRIPTEN_FETCH_SYNCHRONOUS != 0 {
        event_loop::block_on(id);
    }
    started.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Frees a fetch, and ends its request. Refuses one whose `id` is 0.
///
/// # Safety
/// `fetch` is null or a live fetch of this thread, and is not used after, if this returns success.
pub unsafe fn emscripten_fetch_close(fetch: *mut emscripten_fetch_t) -> EMSCRIPTEN_RESULT {
    // C's struct is the first field of a `Fetch`.
    let Some(fetch) = NonNull::new(fetch.cast::<Fetch>()) else {
        return EMSCRIPTEN_RESULT_SUCCESS;
    };
    // At the end of the thread it may have been freed already.
    if !engine::is_alive() {
        return EMSCRIPTEN_RESULT_INVALID_PARAM;
    }
    // SAFETY: the caller's guarantee is the same.
    let is_closing = engine::with(|engine| unsafe { engine.machine.close(fetch) });
    if !is_closing {
        return EMSCRIPTEN_RESULT_INVALID_PARAM;
    }
    event_loop::drain();
    EMSCRIPTEN_RESULT_SUCCESS
}

/// The size of the response's headers, their NUL included; 0 before they have come.
///
/// # Safety
/// `fetch` is null or live.
///
/// # Panics
/// If the fetch has no request, where upstream throws a `TypeError`.
pub unsafe fn emscripten_fetch_get_response_headers_length(
    fetch: *mut emscripten_fetch_t,
) -> usize {
    // SAFETY: the caller's guarantee is the same.
    unsafe { with_response_headers(fetch, |headers| headers.len() + 1) }
}

/// Copies the response's headers and a NUL, as much as fits. Returns how many bytes these are.
///
/// # Safety
/// `fetch` is null or live; `dst` can take `size` bytes.
///
/// # Panics
/// As [`emscripten_fetch_get_response_headers_length`].
pub unsafe fn emscripten_fetch_get_response_headers(
    fetch: *mut emscripten_fetch_t,
    dst: *mut c_char,
    size: usize,
) -> usize {
    let copy = |headers: &str| {
        if size > 0 {
            let fitting = c_string::cut(headers, size - 1);
            // SAFETY: the caller guarantees `size` bytes, one more than that at least.
            unsafe { dst.copy_from_nonoverlapping(fitting.as_ptr().cast(), fitting.len()) };
            // SAFETY: as above.
            let end = unsafe { dst.add(fitting.len()) };
            // SAFETY: as above.
            unsafe { end.write(0) };
        }
        size.min(headers.len() + 1)
    };
    // SAFETY: the caller's guarantee is the same.
    unsafe { with_response_headers(fetch, copy) }
}

/// Calls `read` with the response's headers. Returns 0 before the headers have come.
///
/// # Safety
/// `fetch` is null or live.
pub(super) unsafe fn with_response_headers(
    fetch: *mut emscripten_fetch_t,
    read: impl FnOnce(&str) -> usize,
) -> usize {
    // SAFETY: the caller guarantees null or a live fetch.
    let Some(fetch) =
        unsafe { fetch.as_ref() }.filter(|fetch| fetch.readyState >= HEADERS_RECEIVED)
    else {
        return 0;
    };
    if !engine::is_alive() {
        return 0;
    }
    let read = engine::with(|engine| engine.machine.response_headers(fetch.id).map(read));
    read.unwrap_or_else(|| panic!("there is no request of id {}: it has no headers", fetch.id))
}

//! The real thing: Emscripten's C functions.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int, c_void};

use super::{EMSCRIPTEN_RESULT, emscripten_fetch_attr_t, emscripten_fetch_t};

#[link(name = "fetch")]
unsafe extern "C" {
    pub fn emscripten_fetch_attr_init(attr: *mut emscripten_fetch_attr_t);
    pub fn emscripten_fetch(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
    ) -> *mut emscripten_fetch_t;
    pub fn emscripten_fetch_close(fetch: *mut emscripten_fetch_t) -> EMSCRIPTEN_RESULT;
    pub fn emscripten_fetch_get_response_headers_length(fetch: *mut emscripten_fetch_t) -> usize;
    pub fn emscripten_fetch_get_response_headers(
        fetch: *mut emscripten_fetch_t,
        dst: *mut c_char,
        size: usize,
    ) -> usize;
    pub(crate) fn emscripten_async_call(
        func: unsafe extern "C" fn(*mut c_void),
        arg: *mut c_void,
        millis: c_int,
    );
}

/// Whether IndexedDB can store.
pub(crate) fn fetch_cache_available() -> bool {
    true
}

/// Whether `XMLHttpRequest.open` would take it.
///
/// # Safety
/// `url` is a live C string.
pub(crate) unsafe fn check_url(_url: *const c_char) -> Result<(), &'static str> {
    Ok(())
}

/// The URL after redirects, null if unknown.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn response_url(_fetch: *mut emscripten_fetch_t) -> *const c_char {
    core::ptr::null()
}

//! Entries: bodies that the cache stores with the head of their response.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::{self, NonNull};
use std::ffi::CString;
use std::time::{SystemTime, UNIX_EPOCH};

use super::memory::{allocate, received, take_string};
use super::{prepare_store, start_cached};
use crate::sys::cache_mode::CacheMode;
use crate::sys::{
    Accepts, Allocation, Decide, Exception, Lookup, Received, emscripten_fetch_attr_t,
    emscripten_fetch_t,
};

javascript! {
    // emscripten/entry.c
    fn fetch_runtime_entry_begin(
        url: *const c_char,
        decide: Decide,
        compare: Option<Lookup>,
        token: *mut c_void,
    );
    fn fetch_runtime_entry_end();
    fn fetch_runtime_entry_keep(id: u32, text: *const c_char);
    fn fetch_runtime_entry_body(id: u32, to: *mut u8) -> c_int;
    fn fetch_runtime_entry_update(id: u32, text: *const c_char);
    fn fetch_runtime_entry_url(id: u32) -> *mut c_char;
}

/// As [`start_cached`], for a request that is answered by an entry or validates it.
///
/// If the lookup finds an entry, JavaScript calls `decide` with `token` and its text, before the
/// last call of `lookup`. A request to another origin cannot be made conditional: each header that
/// does so would need a preflight.
///
/// With `accepts`, JavaScript has `lookup` compare the body of an entry that is not the response,
/// too, before the request is sent. If `lookup` refuses it, or returns 2, there is no entry.
///
/// # Errors
/// As [`start_cached`].
///
/// # Safety
/// As for [`start_cached`]. Until the last call of `lookup`, `decide` may be called with `token`.
/// Its result is that of [`Decision::to_c`](crate::sys::Decision::to_c), whose headers live as long
/// as the request.
pub(crate) unsafe fn start_with_entry(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    _: CacheMode,
    lookup: Lookup,
    decide: Decide,
    token: *mut c_void,
    accepts: Option<Accepts>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller guarantees a live URL, and that JavaScript may call both functions.
    unsafe { fetch_runtime_entry_begin(url, decide, accepts.map(|_| lookup), token) };
    // SAFETY: the caller's guarantee is the same.
    let started = unsafe { start_cached(attr, url, None, lookup, token, None) };
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_entry_end() };
    started
}

/// Has the body that is complete stored as an entry with this text, or not stored.
///
/// # Safety
/// The fetch of this handle is live, and its `readyState` is `DONE`.
pub(crate) unsafe fn keep_entry(id: u32, text: Option<&str>) {
    match text.map(CString::new) {
        // SAFETY: the caller guarantees a handle, and JavaScript reads a C string.
        Some(Ok(text)) => unsafe { fetch_runtime_entry_keep(id, text.as_ptr()) },
        // SAFETY: the caller's guarantee is the same.
        _ => unsafe { prepare_store(id, true) },
    }
}

/// The body of the entry that the request has asked about.
///
/// # Safety
/// `fetch` is live, and has a handle.
pub(crate) unsafe fn take_entry(fetch: NonNull<emscripten_fetch_t>) -> Received {
    // SAFETY: the caller guarantees a live fetch.
    let id = unsafe { fetch.as_ref() }.id;
    // SAFETY: the caller guarantees a handle. JavaScript does not write to a null pointer.
    let length = unsafe { fetch_runtime_entry_body(id, ptr::null_mut()) };
    if length == 0 {
        return Received::Bytes(Allocation::EMPTY);
    }
    // A negative number is more than can be allocated.
    let data = allocate(length as usize);
    // SAFETY: the caller guarantees a handle, and `data` is null or has room for so many bytes.
    let is_written = unsafe { fetch_runtime_entry_body(id, data) } == length;
    // SAFETY: `data` is from malloc, and its bytes are written if `is_written` is true.
    unsafe { received(data, length as usize, is_written) }
}

/// Replaces the text of that entry, if the cache still has it. Without a new one, only its body is
/// left.
///
/// # Safety
/// `fetch` is live, and has a handle.
pub(crate) unsafe fn update_entry(fetch: NonNull<emscripten_fetch_t>, text: Option<&str>) {
    let text = text.and_then(|text| CString::new(text).ok());
    // SAFETY: the caller guarantees a live fetch.
    let id = unsafe { fetch.as_ref() }.id;
    let text = text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
    // SAFETY: the caller guarantees a handle, and JavaScript reads null or a C string.
    unsafe { fetch_runtime_entry_update(id, text) };
}

/// The URL of the response of this handle, after redirects.
///
/// # Safety
/// The fetch of this handle is live.
pub(crate) unsafe fn loaded_url(id: u32) -> Option<String> {
    // SAFETY: the caller guarantees a handle.
    let url = unsafe { fetch_runtime_entry_url(id) };
    // SAFETY: JavaScript returned null, or a C string in memory from malloc.
    let url = unsafe { take_string(url) };
    core::str::from_utf8(url.as_slice()).ok().map(str::to_owned)
}

/// The time in seconds since 1970.
pub(crate) fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

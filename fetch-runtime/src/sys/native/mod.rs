//! The embedded backend: upstream's C functions, over an HTTP client and a cache on disk.
//!
//! What upstream keeps in a page or worker is kept per thread: ids, the base URL, the folder of the
//! cache. A fetch belongs to the thread that started it; its callbacks run there, inside `run` and
//! `poll`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::time::Duration;

use super::abi::{
    DONE, EMSCRIPTEN_FETCH_SYNCHRONOUS, EMSCRIPTEN_RESULT, EMSCRIPTEN_RESULT_INVALID_PARAM,
    EMSCRIPTEN_RESULT_SUCCESS, HEADERS_RECEIVED, emscripten_fetch_attr_t, emscripten_fetch_t,
};
use super::{Exception, Lookup, Received, Refusal};

mod engine;
mod event_loop;
mod live;
mod machine;
#[cfg(feature = "script")]
pub mod script;
#[cfg(not(feature = "script"))]
#[path = "unscripted.rs"]
mod script;
mod settings;
mod target;
#[cfg(debug_assertions)]
mod uncalled;

pub(crate) use engine::is_alive;
pub(crate) use event_loop::{poll, run};
pub(crate) use machine::event::Cause;
pub(crate) use machine::synchronous::start_synchronous;
pub use settings::{BaseUrlError, cache_dir, set_base_url, set_cache_dir};

use machine::Start;
use machine::event::Key;
use machine::fetch::{self, Fetch, InFlight};
use machine::synchronous;

/// # Safety
/// `attr` can be written to.
pub unsafe fn emscripten_fetch_attr_init(attr: *mut emscripten_fetch_attr_t) {
    // SAFETY: the caller guarantees it; all zeros are null pointers, `None` and 0.
    unsafe { attr.write_bytes(0, 1) };
}

/// Starts a fetch. A synchronous one is over when this returns, and what is returned dangles if a
/// callback has closed it.
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
    // SAFETY: the caller's guarantee is the same, and null is no string.
    unsafe { emscripten_fetch_cached(attr, url, ptr::null()) }
}

/// [`emscripten_fetch`] with a second key: a lookup that finds nothing under the first one tries
/// that.
///
/// # Safety
/// As for [`emscripten_fetch`]; and `also` is null or a live C string.
///
/// # Panics
/// As [`emscripten_fetch`].
pub(crate) unsafe fn emscripten_fetch_cached(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    also: *const c_char,
) -> *mut emscripten_fetch_t {
    if attr.is_null() || url.is_null() || !engine::is_alive() {
        return ptr::null_mut();
    }
    // SAFETY: not null, so the caller guarantees that it is live.
    let attr = unsafe { &*attr };
    let key = engine::with(engine::Owner::new_key);
    // SAFETY: the caller guarantees live strings.
    let in_flight = InFlight::new(unsafe { Fetch::new(attr, url, also, key) });
    let fetch = in_flight.pointer();
    script::made(fetch);
    engine::with(|owner| owner.in_flight.insert(key, in_flight));
    // SAFETY: it was just made, and nobody else borrows it.
    match machine::start(unsafe { &mut *fetch }) {
        Ok(Start::Pending) if attr.attributes & EMSCRIPTEN_FETCH_SYNCHRONOUS != 0 => {
            synchronous::wait_for(key)
        }
        Ok(Start::Pending) => {}
        // SAFETY: it is live, and not borrowed.
        Ok(Start::Over(callback)) => unsafe { machine::call(callback, fetch.cast()) },
        Ok(Start::Nothing) => {
            drop(engine::with(|owner| owner.in_flight.remove(&key)));
            return ptr::null_mut();
        }
        Err(thrown) => {
            drop(engine::with(|owner| owner.in_flight.remove(&key)));
            panic!("{thrown}");
        }
    }
    fetch.cast()
}

/// Frees a fetch, and ends its request. Refuses one whose `id` is 0.
///
/// # Safety
/// `fetch` is null or a live fetch of this thread, and is not used after, if this returns success.
pub unsafe fn emscripten_fetch_close(fetch: *mut emscripten_fetch_t) -> EMSCRIPTEN_RESULT {
    if fetch.is_null() {
        return EMSCRIPTEN_RESULT_SUCCESS;
    }
    // At the end of the thread it may have been freed already.
    if !engine::is_alive() || script::closes_twice(fetch.cast()) {
        return EMSCRIPTEN_RESULT_INVALID_PARAM;
    }
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`.
    let live = unsafe { &mut *fetch.cast::<Fetch>() };
    if live.seen.id == 0 || live.seen.readyState > DONE {
        return EMSCRIPTEN_RESULT_INVALID_PARAM;
    }
    let mut onerror = live.attributes.onerror.filter(|_| live.seen.readyState != DONE);
    if onerror.is_some() && is_over(live.key) && script::recalls(live.key) {
        onerror = None;
    }
    if onerror.is_some() {
        live.seen.status = u16::MAX;
        live.set_status_text("aborted with emscripten_fetch_close()");
    }
    // SAFETY: it is live, and borrowed no more.
    unsafe { machine::call(onerror, fetch) };
    if script::closes_twice(fetch.cast()) {
        return EMSCRIPTEN_RESULT_SUCCESS;
    }
    // SAFETY: as above, as long as `onerror` has not closed it, which upstream does not survive
    // either.
    unsafe { free(fetch.cast()) };
    EMSCRIPTEN_RESULT_SUCCESS
}

/// Whether a terminal callback has been called, or is about to be.
fn is_over(key: Key) -> bool {
    engine::with(|owner| !owner.in_flight.contains_key(&key))
}

/// # Safety
/// `fetch` is live, and not used after.
unsafe fn free(fetch: *mut Fetch) {
    // SAFETY: the caller guarantees that it is live, and gives it up.
    let fetch = unsafe { Box::from_raw(fetch) };
    if let Some(in_flight) = engine::with(|owner| owner.forget(fetch.seen.id, fetch.key)) {
        in_flight.release();
    }
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

/// Copies the response's headers and a NUL, as much as fits; answers how many bytes these are.
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
            let fitting = fetch::cut(headers, size - 1);
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

/// 0 before the headers have come.
///
/// # Safety
/// `fetch` is null or live.
unsafe fn with_response_headers(
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
    let read = engine::with(|owner| owner.xhrs.get(fetch.id).map(|xhr| read(&xhr.headers)));
    read.unwrap_or_else(|| panic!("there is no request of id {}: it has no headers", fetch.id))
}

/// The response's headers, as `getAllResponseHeaders` has them.
///
/// # Safety
/// `fetch` is live, and has a handle.
pub(crate) unsafe fn response_headers(fetch: NonNull<emscripten_fetch_t>) -> Vec<u8> {
    let mut copy = Vec::new();
    let take = |headers: &str| {
        copy.extend_from_slice(headers.as_bytes());
        headers.len()
    };
    // SAFETY: the caller guarantees a live fetch.
    unsafe { with_response_headers(fetch.as_ptr(), take) };
    copy
}

/// The URL that has answered, after redirects; null before the headers have come, and from the
/// cache.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn response_url(fetch: *mut emscripten_fetch_t) -> *const c_char {
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`.
    let fetch = unsafe { &*fetch.cast::<Fetch>() };
    fetch.response_url.as_ref().map_or(ptr::null(), |url| url.as_ptr())
}

/// Why the transfer has failed; `None` if it has not, or was not begun.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn cause(fetch: *mut emscripten_fetch_t) -> Option<Cause> {
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`.
    let fetch = unsafe { &*fetch.cast::<Fetch>() };
    fetch.cause.clone()
}

/// Has `callback` called by `run` or `poll`, after `msecs` milliseconds and never at once.
///
/// # Safety
/// `callback` may be called with `user_data`, once, on this thread.
pub(crate) unsafe fn emscripten_set_timeout(
    callback: unsafe extern "C" fn(*mut c_void),
    msecs: f64,
    user_data: *mut c_void,
) -> c_int {
    if !engine::is_alive() {
        return 0;
    }
    let delay = Duration::from_secs_f64(msecs / 1000.0);
    engine::with(|owner| owner.later(delay, callback, user_data))
}

/// Has a callback that was set not be called.
///
/// # Safety
/// None: as Emscripten's.
pub(crate) unsafe fn emscripten_clear_timeout(id: c_int) {
    if engine::is_alive() {
        engine::with(|owner| owner.clear(id));
    }
}

/// A native program ends when it wants to.
pub(crate) const fn keep_alive(_: i32) {}

/// Natively, every thread may wait.
pub(crate) const fn may_block() -> bool {
    true
}

/// The backend streams.
pub(crate) const fn fetch_streaming_supported() -> bool {
    true
}

/// The backend is linked with its cache.
pub(crate) const fn fetch_cache_supported() -> bool {
    true
}

/// Whether the terminal callback that runs now says that the cache has stored a body or a record.
pub(crate) fn was_stored() -> bool {
    engine::with(|owner| std::mem::take(&mut owner.has_stored))
}

/// Whether `XMLHttpRequest.open` would take the URL, and why not.
///
/// # Errors
/// If it would not.
///
/// # Safety
/// `url` is null or a live C string.
pub(crate) unsafe fn check_host(url: *const c_char, _: bool) -> Result<(), Refusal> {
    engine::availability().map_err(Refusal::Host)?;
    if url.is_null() {
        return Ok(());
    }
    // SAFETY: the caller guarantees a live string.
    let url = unsafe { CStr::from_ptr(url) };
    target::check(&url.to_string_lossy(), settings::base().as_ref()).map_err(Refusal::Url)
}

/// The absolute URL, without its fragment.
///
/// # Safety
/// `url` is a live C string that [`check_host`] has accepted.
pub(crate) unsafe fn absolute_url(url: *const c_char) -> Option<String> {
    // SAFETY: the caller guarantees a live string.
    let url = unsafe { CStr::from_ptr(url) }.to_string_lossy();
    target::absolute(&url, settings::base().as_ref())
}

/// Calls [`emscripten_fetch`].
///
/// # Errors
/// None: no JavaScript throws here.
///
/// # Safety
/// As for [`emscripten_fetch`].
pub(crate) unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller's guarantee is the same.
    Ok(unsafe { emscripten_fetch(attr, url) })
}

/// Calls [`emscripten_fetch`] for a request that uses the cache.
///
/// If the cache has nothing under the fetch's key, `also` is looked up, unless it is null. `lookup`
/// is called with `token` and -1 when there is no more lookup, once.
///
/// # Errors
/// None: no JavaScript throws here.
///
/// # Safety
/// As for [`emscripten_fetch`]. `also` is null or a live C string. `lookup` may be called with
/// `token`.
pub(crate) unsafe fn start_cached(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    also: *const c_char,
    lookup: Lookup,
    token: *mut c_void,
) -> Result<*mut emscripten_fetch_t, Exception> {
    LOOKUP.set(Some(machine::Lookup { over: lookup, token }));
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { emscripten_fetch_cached(attr, url, also) };
    // It was not taken along: nothing is looked up.
    if LOOKUP.take().is_some() {
        // SAFETY: the caller guarantees it; nothing else calls it.
        unsafe { lookup(token, -1.0) };
    }
    Ok(fetch)
}

thread_local! {
    /// Of the fetch that is about to start.
    static LOOKUP: Cell<Option<machine::Lookup>> = const { Cell::new(None) };
}

/// The machine hands over bodies: there is memory for those, or it says that there was none.
///
/// # Safety
/// None.
pub(crate) unsafe fn take_response(_: &mut emscripten_fetch_t) -> Option<Received> {
    None
}

/// As [`take_response`].
pub(crate) fn take_record(_: f64) -> (Received, usize) {
    (Received::Lost, 0)
}

/// As [`take_response`].
pub(crate) fn take_chunk() -> Option<Received> {
    None
}

/// The machine stores a response only if that is all of what its URL stands for.
///
/// # Safety
/// None.
pub(crate) unsafe fn prepare_store(_: u32, _: bool) {}

/// No chunk is handed out that there is no memory for.
///
/// # Safety
/// None.
pub(crate) unsafe fn guard_chunks(_: u32) {}

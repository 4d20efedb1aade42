//! The functions beside upstream's C API that each backend provides.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ptr::{self, NonNull};
use std::time::Duration;

use super::c_api::{emscripten_fetch, start_fetch, with_response_headers};
use super::machine::event::{Cause, FetchId};
use super::machine::fetch::{self, EntryLookup, Extras, Fetch};
use super::{engine, parts, settings, target};
use crate::sys::abi::{emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::sys::cache_mode::CacheMode;
use crate::sys::{Accepts, Allocation, Decide, Exception, Lookup, Received, Refusal};

/// The response's headers, as `getAllResponseHeaders` lists them.
///
/// # Safety
/// `fetch` is live, and has a handle.
pub(crate) unsafe fn response_headers(fetch: NonNull<emscripten_fetch_t>) -> Allocation {
    let mut copy = Allocation::EMPTY;
    let take = |headers: &str| {
        copy = Allocation::copy_of(headers.as_bytes());
        headers.len()
    };
    // SAFETY: the caller guarantees a live fetch.
    unsafe { with_response_headers(fetch.as_ptr(), take) };
    copy
}

/// The URL of the response, after redirects. Null before the headers have come, and from the cache.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn response_url(fetch: *mut emscripten_fetch_t) -> *const c_char {
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`.
    let fetch = unsafe { &*fetch.cast::<Fetch>() };
    fetch.response_url.as_ref().map_or(ptr::null(), |url| url.as_ptr())
}

/// The cause of a network error. `None` if the transfer has not failed.
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
    let id = engine::with(|engine| engine.set_timer(delay, callback, user_data));
    if delay.is_zero() {
        engine::with(|engine| engine.sender().clone()).wake_all();
    }
    id
}

/// Cancels a call that was set.
///
/// # Safety
/// None: as Emscripten's.
pub(crate) unsafe fn emscripten_clear_timeout(id: c_int) {
    if engine::is_alive() {
        engine::with(|engine| engine.machine.clear_timer(id));
    }
}

/// The id of a fetch.
///
/// # Safety
/// `fetch` is live.
pub(super) unsafe fn id_of(fetch: NonNull<emscripten_fetch_t>) -> FetchId {
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`.
    unsafe { fetch.cast::<Fetch>().as_ref() }.id
}

/// A native program ends when its `main` returns, whatever is in flight.
pub(crate) const fn keep_alive(_: i32) {}

/// The backend streams.
pub(crate) const fn fetch_streaming_supported() -> bool {
    true
}

/// The backend reports uploads.
pub(crate) const fn fetch_upload_supported() -> bool {
    true
}

/// Whether the backend is built with its cache. A script has one of its own.
pub(crate) fn fetch_cache_supported() -> bool {
    parts::CACHE.is_ok() || (engine::is_alive() && engine::with(|engine| engine.is_scripted()))
}

/// Whether the terminal callback that runs now reports that the cache has stored something.
pub(crate) fn was_stored() -> bool {
    engine::with(|engine| engine.machine.take_has_stored())
}

/// Whether `XMLHttpRequest.open` would accept the URL, and the backend is built with its scheme.
///
/// # Errors
/// If not.
///
/// # Safety
/// `url` is null or a live C string.
pub(crate) unsafe fn check_host(url: *const c_char, _: bool) -> Result<(), Refusal> {
    engine::availability().map_err(Refusal::Host)?;
    if url.is_null() {
        return Ok(());
    }
    // SAFETY: the caller guarantees a live string.
    let url = unsafe { CStr::from_ptr(url) }.to_string_lossy();
    let base = settings::base();
    target::check(&url, base.as_ref()).map_err(Refusal::Url)?;
    match parts::HTTPS {
        // A script answers without TLS.
        Err(reason)
            if target::is_https(&url, base.as_ref())
                && !engine::with(|engine| engine.is_scripted()) =>
        {
            Err(Refusal::Host(reason))
        }
        _ => Ok(()),
    }
}

/// The absolute URL, without its fragment. `None` if [`check_host`] does not accept the URL.
///
/// # Safety
/// `url` is a live C string.
pub(crate) unsafe fn absolute_url(url: *const c_char) -> Option<String> {
    // SAFETY: the caller guarantees a live string.
    let url = unsafe { CStr::from_ptr(url) }.to_string_lossy();
    target::absolute(&url, settings::base().as_ref())
}

/// Calls [`emscripten_fetch`].
///
/// # Errors
/// If a request that has waited has become invalid, by another base.
///
/// # Safety
/// As for [`emscripten_fetch`].
pub(crate) unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller guarantees a live string.
    if let Err(Refusal::Url(_)) = unsafe { check_host(url, false) } {
        return Err(Exception { fetch: None });
    }
    // SAFETY: the caller's guarantee is the same.
    Ok(unsafe { emscripten_fetch(attr, url) })
}

/// Calls [`emscripten_fetch`] for a request that uses the cache.
///
/// With `also_absolute`, the length of a namespace, the fetch's key is that and a relative URL. If
/// the cache has nothing under it, the namespace and the absolute URL are looked up. `lookup` is
/// called with `token` and -1 when the lookup has ended or there is none, once. A record that is
/// not accepted is deleted, and counts as missing. A body that is not accepted is not stored.
///
/// # Errors
/// None: there is no JavaScript that could throw.
///
/// # Safety
/// As for [`emscripten_fetch`]. `lookup` may be called with `token`.
pub(crate) unsafe fn start_cached(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    also_absolute: Option<usize>,
    lookup: Lookup,
    token: *mut c_void,
    accepts: Option<Accepts>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    if attr.is_null() || url.is_null() || !engine::is_alive() {
        // SAFETY: the caller guarantees it. Nothing else calls it.
        unsafe { lookup(token, -1.0) };
        return Ok(ptr::null_mut());
    }
    // SAFETY: the caller guarantees live attributes and strings.
    let second_key = |namespace| unsafe { second_key(attr, url, namespace) };
    let extras = Extras {
        second_key: also_absolute.and_then(second_key),
        lookup: Some(fetch::Lookup { ended: lookup, token }),
        accepts,
        ..Extras::default()
    };
    // SAFETY: the caller's guarantee is the same.
    Ok(unsafe { start_fetch(attr, url, extras) })
}

/// As [`start_cached`], for a request that keeps the parts of its body, and asks only for the rest
/// if there are some.
///
/// # Errors
/// None: there is no JavaScript that could throw.
///
/// # Safety
/// As for [`start_cached`].
pub(crate) unsafe fn start_resumable(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    lookup: Lookup,
    token: *mut c_void,
    accepts: Option<Accepts>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    if attr.is_null() || url.is_null() || !engine::is_alive() {
        // SAFETY: the caller guarantees it. Nothing else calls it.
        unsafe { lookup(token, -1.0) };
        return Ok(ptr::null_mut());
    }
    let extras = Extras {
        lookup: Some(fetch::Lookup { ended: lookup, token }),
        accepts,
        // Keys of a hash map are random.
        parts: Some(RandomState::new().build_hasher().finish()),
        ..Extras::default()
    };
    // SAFETY: the caller's guarantee is the same.
    Ok(unsafe { start_fetch(attr, url, extras) })
}

/// Whether the request of this handle has read parts since the last call.
pub(crate) fn has_read_parts(handle: u32) -> bool {
    engine::is_alive() && engine::with(|engine| engine.has_read_parts(handle))
}

/// The store deletes the parts of a body that is not accepted.
///
/// # Safety
/// None.
pub(crate) unsafe fn drop_parts(_: u32) {}

/// Calls [`emscripten_fetch`], and has `onprogress` called as the request's body leaves, too. The
/// `readyState` of the fetch is then `OPENED`.
///
/// # Errors
/// None: there is no JavaScript that could throw.
///
/// # Safety
/// As for [`emscripten_fetch`].
pub(crate) unsafe fn start_upload(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let extras = Extras { reports_upload: true, ..Extras::default() };
    // SAFETY: the caller's guarantee is the same.
    Ok(unsafe { start_fetch(attr, url, extras) })
}

/// The absolute URL behind the namespace that the fetch's key begins with.
///
/// # Safety
/// `attr`, its strings and `url` are live.
unsafe fn second_key(
    attr: *const emscripten_fetch_attr_t,
    url: *const c_char,
    namespace: usize,
) -> Option<String> {
    // SAFETY: the caller guarantees a live string.
    let absolute = unsafe { absolute_url(url) }?;
    // SAFETY: the caller guarantees live attributes.
    let key = unsafe { &*attr }.destinationPath;
    if namespace == 0 || key.is_null() {
        return Some(absolute);
    }
    // SAFETY: the caller guarantees a live string.
    let key = unsafe { CStr::from_ptr(key) }.to_string_lossy();
    Some(format!("{}{absolute}", key.get(..namespace)?))
}

/// As [`start_cached`], for a request that is answered by an entry or validates it.
///
/// If the lookup finds an entry, `decide` is called with `token` and its text, before the last call
/// of `lookup`.
///
/// # Errors
/// None: there is no JavaScript that could throw.
///
/// # Safety
/// As for [`start_cached`]. Until the last call of `lookup`, `decide` may be called with `token`.
/// Its result is that of [`Decision::to_c`](crate::sys::Decision::to_c), whose headers live as long
/// as the request.
pub(crate) unsafe fn start_with_entry(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    mode: CacheMode,
    lookup: Lookup,
    decide: Decide,
    token: *mut c_void,
    accepts: Option<Accepts>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    if attr.is_null() || url.is_null() || !engine::is_alive() {
        // SAFETY: the caller guarantees it. Nothing else calls it.
        unsafe { lookup(token, -1.0) };
        return Ok(ptr::null_mut());
    }
    let extras = Extras {
        lookup: Some(fetch::Lookup { ended: lookup, token }),
        entry_lookup: Some(EntryLookup { decide, token, mode }),
        accepts,
        ..Extras::default()
    };
    // SAFETY: the caller's guarantee is the same.
    Ok(unsafe { start_fetch(attr, url, extras) })
}

/// Has the body that is complete stored as an entry with this text, or not stored.
///
/// # Safety
/// None.
pub(crate) unsafe fn keep_entry(id: u32, text: Option<&str>) {
    engine::with(|engine| engine.machine.keep_entry(id, text.map(str::to_owned)));
}

/// The body of the entry that the request has asked about.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn take_entry(fetch: NonNull<emscripten_fetch_t>) -> Received {
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`. C does not
    // touch it meanwhile.
    let fetch = unsafe { fetch.cast::<Fetch>().as_mut() };
    let Some(entry) = fetch.entry.take() else { return Received::Lost };
    if entry.body.is_lost() {
        return Received::Lost;
    }
    let (data, len) = entry.body.into_raw();
    let len = isize::try_from(len).map_or(0, isize::unsigned_abs);
    // SAFETY: the buffer has given up memory from `malloc` with so many bytes.
    Received::Bytes(unsafe { Allocation::from_malloc(data.cast_mut().cast(), len) })
}

/// Replaces the text of that entry, if the cache still has it. Without a new one, only its body is
/// left.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn update_entry(fetch: NonNull<emscripten_fetch_t>, text: Option<&str>) {
    // SAFETY: the caller guarantees a live fetch, which is the first field of a `Fetch`.
    let fetch = unsafe { fetch.cast::<Fetch>().as_ref() };
    let Some(entry) = &fetch.entry else { return };
    let (key, old, new) = (fetch.cache_key(), entry.text.clone(), text.map(str::to_owned));
    engine::with(|engine| engine.update_entry(key, old, new));
}

/// The URL of the response of this handle, after redirects.
///
/// # Safety
/// None.
pub(crate) unsafe fn loaded_url(id: u32) -> Option<String> {
    engine::with(|engine| engine.machine.response_url(id).map(str::to_owned))
}

/// The time in seconds since 1970, by the driver's clock.
pub(crate) fn unix_time() -> u64 {
    if engine::is_alive() { engine::with(|engine| engine.unix_time()) } else { 0 }
}

/// Starts a synchronous fetch whose timeout counts; upstream ignores it. Returns whether the fetch
/// has timed out.
///
/// # Errors
/// None: there is no JavaScript that could throw.
///
/// # Safety
/// As for [`emscripten_fetch`].
pub(crate) unsafe fn start_synchronous(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<(*mut emscripten_fetch_t, bool), Exception> {
    let extras = Extras { has_synchronous_timeout: true, ..Extras::default() };
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { start_fetch(attr, url, extras) };
    let timed_out = engine::is_alive() && engine::with(|engine| engine.machine.take_timed_out());
    Ok((fetch, timed_out))
}

/// The machine delivers bodies itself, or reports that they are lost.
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

/// The machine stores only complete responses.
///
/// # Safety
/// None.
pub(crate) unsafe fn prepare_store(_: u32, _: bool) {}

/// The machine delivers no chunk that there is no memory for.
///
/// # Safety
/// None.
pub(crate) unsafe fn guard_chunks(_: u32) {}

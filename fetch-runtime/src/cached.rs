//! Requests that use the cache: their keys, their start, and the end of their lookup.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_void};
use std::ptr;
use std::rc::Rc;

use crate::inflight::{self, State};
use crate::outcome::Asked;
use crate::sys::{Exception, backend, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{CacheMode, Request, RequestString, StartError};

/// What is different for a request that uses the cache. Programs without one are not linked with
/// it.
pub(crate) struct Cached {
    /// Checks the request, and gives it its keys.
    pub(crate) prepare: fn(&mut Request) -> Result<(), StartError>,
    pub(crate) start: Start,
    /// Called at `readyState` 4 of a response that upstream is about to store.
    pub(crate) prepare_store: unsafe fn(id: u32, refuse: bool),
    /// Whether the terminal callback that runs now says that a transaction is complete.
    pub(crate) was_stored: fn() -> bool,
}

/// With the same guarantees as `emscripten_fetch`; the text is the second key to look up.
type Start = unsafe fn(
    *mut emscripten_fetch_attr_t,
    *const c_char,
    Option<&RequestString>,
    Rc<dyn State>,
) -> Result<*mut emscripten_fetch_t, Exception>;

pub(crate) static CACHED: Cached = Cached {
    prepare,
    start,
    prepare_store: backend::prepare_store,
    was_stored: backend::was_stored,
};

/// A download is sent to its absolute URL, and without a key of its own is kept under that: what
/// its URL is relative to may change before the lookup is over. What is only looked for may be a
/// record as well, whose key is the text as it was written: that comes first.
fn prepare(request: &mut Request) -> Result<(), StartError> {
    if !backend::fetch_cache_supported() {
        return Err(StartError::CacheNotSupported);
    }
    let Asked::Download(mode) = request.asked else { return Ok(()) };
    let is_range =
        |(name, _): &&(RequestString, RequestString)| name.as_str().eq_ignore_ascii_case("range");
    if let Some((range, _)) = request.headers.iter().find(is_range) {
        return Err(StartError::HeaderNotAllowed { name: range.as_str().to_owned(), mode });
    }
    let may_be_a_record = mode == CacheMode::OnlyIfCached;
    if may_be_a_record && request.cache_key.is_some() {
        return Ok(());
    }
    // The text need not be a URL. Any other has been checked.
    // SAFETY: the request has the URL, a C string.
    if may_be_a_record && unsafe { backend::check_host(request.url.as_ptr(), true) }.is_err() {
        return Ok(());
    }
    // SAFETY: as above.
    let absolute = unsafe { backend::absolute_url(request.url.as_ptr()) };
    let Some(absolute) = absolute else {
        return if may_be_a_record { Ok(()) } else { Err(StartError::Exception) };
    };
    request.absolute =
        Some(RequestString::accepted(absolute)).filter(|absolute| *absolute != request.url);
    Ok(())
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    also: Option<&RequestString>,
    state: Rc<dyn State>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let also = also.map_or(ptr::null(), RequestString::as_ptr);
    let token: *mut Rc<dyn State> = Box::into_raw(Box::new(state));
    // SAFETY: the caller's guarantee is the same; the token is given up by the last call of
    // `lookup`.
    unsafe { backend::start_cached(attr, url, also, lookup, token.cast()) }
}

/// # Safety
/// `token` comes from [`start`], and is not used again when there is no more lookup.
unsafe extern "C" fn lookup(token: *mut c_void, length: f64) -> usize {
    if length >= 0.0 {
        // SAFETY: `start` made it, and there is still a lookup.
        let state = unsafe { &*token.cast::<Rc<dyn State>>() };
        let (record, at) = backend::take_record(length);
        state.core().found(record);
        return at;
    }
    // SAFETY: `start` made it by `Box::into_raw`, and this is its last use.
    let state = unsafe { Box::from_raw(token.cast::<Rc<dyn State>>()) };
    inflight::lookup_is_over(*state, length < -1.0).into()
}

//! Which of C's functions starts a request, and what is seen to before. Programs that do not use the cache are not linked with
//! what only it needs.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::ptr;

use crate::outcome::Asked;
use crate::sys::{backend, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{CacheMode, Request, StartError};

pub(crate) struct Route {
    /// The last checks, and the cache's keys.
    pub(crate) prepare: fn(&mut Request) -> Result<(), StartError>,
    pub(crate) fetch: Start,
}

/// As `emscripten_fetch`, with the same guarantees.
pub(crate) type Start = unsafe fn(*mut emscripten_fetch_attr_t, *const c_char) -> *mut emscripten_fetch_t;

pub(crate) static NETWORK: Route = Route { prepare: check_url, fetch: fetch_from_network };
pub(crate) static CACHE: Route = Route { prepare: choose_keys, fetch: fetch_by_key };
/// Set by [`choose_keys`]: there are two keys.
static CACHE_BY_URL: Route = Route { prepare: choose_keys, fetch: fetch_by_url };
pub(crate) static STORE: Route = Route { prepare: check_support, fetch: fetch_store };
pub(crate) static DELETE: Route = Route { prepare: check_support, fetch: fetch_from_network };

fn check_url(request: &mut Request) -> Result<(), StartError> {
    // SAFETY: the request has the URL, a C string.
    unsafe { backend::check_url(request.url.as_ptr()) }.map_err(|reason| invalid_url(request, reason))
}

fn invalid_url(request: &Request, reason: &'static str) -> StartError {
    StartError::InvalidUrl { url: request.url.as_str().to_owned(), reason }
}

fn check_support(_: &mut Request) -> Result<(), StartError> {
    if backend::fetch_cache_supported() { Ok(()) } else { Err(StartError::CacheNotSupported) }
}

/// Without a key of its own, a download is kept under its absolute URL. What is only looked for may be a record as well, whose
/// key is the text as it was written.
fn choose_keys(request: &mut Request) -> Result<(), StartError> {
    check_support(request)?;
    let Asked::Download(mode) = request.asked else { return Ok(()) };
    if let Some((range, _)) =
        request.headers.iter().find(|(name, _)| name.as_str().eq_ignore_ascii_case("range"))
    {
        return Err(StartError::HeaderNotAllowed { name: range.as_str().to_owned(), mode });
    }
    let may_be_a_record = mode == CacheMode::OnlyIfCached;
    if request.cache_key.is_some() {
        return if may_be_a_record { Ok(()) } else { check_url(request) };
    }
    // SAFETY: the request has the URL, a C string.
    match unsafe { backend::absolute_url(request.url.as_ptr()) } {
        Ok(absolute) if absolute != request.url => {
            request.cache_key = Some(absolute);
            if may_be_a_record {
                request.route = &CACHE_BY_URL;
            }
            Ok(())
        }
        Err(reason) if !may_be_a_record => Err(invalid_url(request, reason)),
        // The text is all the key there is.
        _ => Ok(()),
    }
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn fetch_from_network(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> *mut emscripten_fetch_t {
    // SAFETY: the caller's guarantee is the same.
    unsafe { backend::emscripten_fetch(attr, url) }
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn fetch_store(attr: *mut emscripten_fetch_attr_t, url: *const c_char) -> *mut emscripten_fetch_t {
    // SAFETY: the caller's guarantee is the same.
    unsafe { backend::emscripten_fetch_store(attr, url) }
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn fetch_by_key(attr: *mut emscripten_fetch_attr_t, url: *const c_char) -> *mut emscripten_fetch_t {
    // SAFETY: the caller's guarantee is the same, and null is no second key.
    unsafe { backend::emscripten_fetch_cached(attr, url, ptr::null()) }
}

/// The URL as it was written is the first key, and the path the second.
///
/// # Safety
/// As for `emscripten_fetch`.
unsafe fn fetch_by_url(attr: *mut emscripten_fetch_attr_t, url: *const c_char) -> *mut emscripten_fetch_t {
    // SAFETY: the caller guarantees that it is live.
    let absolute = std::mem::replace(&mut unsafe { &mut *attr }.destinationPath, ptr::null());
    // SAFETY: the caller's guarantee is the same, for that string, too.
    unsafe { backend::emscripten_fetch_cached(attr, url, absolute) }
}

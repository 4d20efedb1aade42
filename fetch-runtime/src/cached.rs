//! Prepares and starts the downloads that use the cache. Programs without any are not linked with it.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::ptr;

use crate::outcome::Asked;
use crate::sys::{backend, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{CacheMode, Request, StartError};

pub(crate) struct Cached {
    /// The last checks, and the cache's keys.
    pub(crate) prepare: fn(&mut Request) -> Result<(), StartError>,
    /// As `emscripten_fetch`, with the same guarantees.
    pub(crate) fetch: unsafe fn(*mut emscripten_fetch_attr_t, *const c_char) -> *mut emscripten_fetch_t,
}

pub(crate) static CACHED: Cached = Cached { prepare, fetch: fetch_by_key };
/// Set by [`prepare`], where there are two keys.
static CACHED_BY_URL: Cached = Cached { prepare, fetch: fetch_by_url };

/// A download without a `cache_key` is kept under its absolute URL. A request that only looks into the cache may mean a
/// record as well, whose key is the text as it was written.
fn prepare(request: &mut Request) -> Result<(), StartError> {
    let Asked::Download(mode) = request.asked else { return Ok(()) };
    if let Some((range, _)) =
        request.headers.iter().find(|(name, _)| name.as_str().eq_ignore_ascii_case("range"))
    {
        return Err(StartError::HeaderNotAllowed { name: range.as_str().to_owned(), mode });
    }
    let may_be_a_record = mode == CacheMode::OnlyIfCached;
    if request.cache_key.is_some() {
        return if may_be_a_record { Ok(()) } else { request.check_url() };
    }
    // SAFETY: the request has the URL, a C string.
    match unsafe { backend::absolute_url(request.url.as_ptr()) } {
        Ok(absolute) if absolute != request.url => {
            request.cache_key = Some(absolute);
            if may_be_a_record {
                request.cached = Some(&CACHED_BY_URL);
            }
            Ok(())
        }
        Err(reason) if !may_be_a_record => Err(request.invalid_url(reason)),
        // The text is all the key there is.
        _ => Ok(()),
    }
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

//! Snapshots of C's struct of a fetch, with the body moved out.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::mem;
use std::ptr::{self, NonNull};

use super::timeout;
use crate::Body;
use crate::response::{FinalUrl, StatusText};
use crate::sys::{Allocation, DONE, STATUS_TEXT_SIZE, TAKEN, backend, emscripten_fetch_t};

/// The struct of a fetch in its terminal callback.
pub(crate) struct Snapshot {
    pub(crate) id: u32,
    pub(crate) ready_state: u16,
    pub(crate) status: u16,
    pub(crate) status_text: StatusText,
    /// Moved out of the struct.
    pub(crate) body: Body,
    pub(crate) body_is_lost: bool,
    pub(crate) timed_out: bool,
}

impl Snapshot {
    /// # Safety
    /// `fetch` is live, and in its terminal callback.
    pub(crate) unsafe fn take(mut fetch: NonNull<emscripten_fetch_t>) -> Self {
        // SAFETY: the caller guarantees that it is live; C does not touch it during its callback.
        let fetch = unsafe { fetch.as_mut() };
        let body_is_lost = is_lost(fetch);
        Self {
            id: fetch.id,
            ready_state: fetch.readyState,
            status: fetch.status,
            status_text: status_text(fetch),
            body_is_lost,
            timed_out: timeout::timed_out(fetch),
            // SAFETY: the caller guarantees a live fetch.
            body: unsafe { take_data(fetch) },
        }
    }

    /// Whether C code's `emscripten_fetch_close` of a fetch in flight has called its `onerror`.
    pub(crate) fn is_being_closed(&self) -> bool {
        self.status == u16::MAX && self.ready_state < DONE
    }
}

/// The reason phrase.
pub(crate) fn status_text(fetch: &emscripten_fetch_t) -> StatusText {
    // SAFETY: `c_char` and `u8` are integers of one byte.
    StatusText::new(unsafe {
        (&raw const fetch.statusText).cast::<[u8; STATUS_TEXT_SIZE]>().read()
    })
}

/// Whether the body is lost: malloc failed, so it has a length but no bytes; or it has more bytes
/// than a slice can have.
pub(crate) fn is_lost(fetch: &emscripten_fetch_t) -> bool {
    fetch.numBytes > 0 && (fetch.data.is_null() || fetch.numBytes > isize::MAX as u64)
}

/// Moves the body, or a chunk of it, out of the struct.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn take_data(fetch: &mut emscripten_fetch_t) -> Body {
    let data = mem::replace(&mut fetch.data, ptr::null());
    if ptr::eq(data, &raw const TAKEN) {
        return Body::EMPTY;
    }
    // A body with more bytes than a slice can have is freed, and counts as lost.
    let len = isize::try_from(fetch.numBytes).map_or(0, isize::unsigned_abs);
    // SAFETY: upstream allocated `numBytes` bytes by malloc and filled them; the struct has
    // forgotten them.
    Body::new(unsafe { Allocation::from_malloc(data.cast_mut().cast(), len) })
}

/// The URL of the request.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn url(fetch: NonNull<emscripten_fetch_t>) -> String {
    // SAFETY: the caller guarantees that it is live.
    let url = unsafe { fetch.as_ref() }.url;
    if url.is_null() {
        return String::new();
    }
    // SAFETY: upstream's strdup of the URL, which lives as long as the fetch.
    let url = unsafe { CStr::from_ptr(url) };
    url.to_string_lossy().into_owned()
}

/// The URL of the response to the request for `url`, after redirects.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn final_url<'a>(
    fetch: NonNull<emscripten_fetch_t>,
    url: impl FnOnce() -> &'a str,
) -> FinalUrl {
    // SAFETY: the caller guarantees a live fetch.
    let response_url = unsafe { backend::response_url(fetch.as_ptr()) };
    if response_url.is_null() {
        return FinalUrl::Unknown;
    }
    // SAFETY: the backend's C string, which lives as long as the fetch.
    let response_url = unsafe { CStr::from_ptr(response_url) };
    match response_url.to_bytes() {
        [] => FinalUrl::Unknown,
        same if same == url().as_bytes() => FinalUrl::Same,
        _ => FinalUrl::Other(response_url.to_owned()),
    }
}

#[cfg(all(test, not(target_os = "emscripten")))]
mod tests {
    use super::*;

    use std::ffi::c_char;

    fn fetch(data: *const c_char, bytes: u64) -> emscripten_fetch_t {
        emscripten_fetch_t {
            id: 1,
            userData: ptr::null_mut(),
            url: ptr::null(),
            data,
            numBytes: bytes,
            dataOffset: 0,
            totalBytes: 0,
            readyState: DONE,
            status: 200,
            statusText: [0; STATUS_TEXT_SIZE],
        }
    }

    #[test]
    fn a_body_is_lost_if_it_has_a_length_but_no_slice() {
        const LONGEST: u64 = isize::MAX as u64;
        let null = ptr::null();
        for (data, bytes, expected) in [
            (null, 0, false),
            (null, 1, true),
            (&raw const TAKEN, 0, false),
            (&raw const TAKEN, 1, false),
            (&raw const TAKEN, LONGEST, false),
            (&raw const TAKEN, LONGEST + 1, true),
        ] {
            assert_eq!(is_lost(&fetch(data, bytes)), expected, "{data:?} {bytes}");
        }
    }

    /// With 4 GB of memory, upstream can hold such a body. A slice cannot.
    #[test]
    fn a_body_that_is_too_long_for_a_slice_is_freed() {
        // SAFETY: nothing is asked of the caller.
        let data = unsafe { libc::malloc(1) }.cast_const().cast();
        let mut fetch = fetch(data, isize::MAX as u64 + 1);
        // SAFETY: it is live, and owns `data`.
        let body = unsafe { take_data(&mut fetch) };
        assert!(body.is_empty() && fetch.data.is_null());
    }

    /// A server's status has three digits, and C's close is one of a fetch in flight.
    #[test]
    fn the_close_of_c_code_is_recognised() {
        for (status, ready_state, expected) in [
            (u16::MAX, 0, true),
            (u16::MAX, DONE - 1, true),
            (u16::MAX, DONE, false),
            (200, DONE - 1, false),
        ] {
            let mut fetch = fetch(ptr::null(), 0);
            (fetch.status, fetch.readyState) = (status, ready_state);
            // SAFETY: it is live, and has no body.
            let snapshot = unsafe { Snapshot::take(NonNull::from(&mut fetch)) };
            assert_eq!(snapshot.is_being_closed(), expected, "{status} {ready_state}");
        }
    }
}

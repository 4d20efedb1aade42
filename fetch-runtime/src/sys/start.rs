//! The types in which both backends report the start of a request and its complete response.

use core::ffi::{c_char, c_void};
use core::ptr::NonNull;

use super::{Allocation, emscripten_fetch_t};

/// The target of `data` between two moments: the crate has taken over a complete response, and the
/// terminal callback has not run.
pub(crate) static TAKEN: c_char = 0;

/// The reason why a backend refuses a request before it starts.
pub(crate) enum Refusal {
    /// The host lacks a feature, or the thread has no native backend any more.
    Host(&'static str),
    /// JavaScript threw an exception.
    #[cfg(target_os = "emscripten")]
    Exception,
    /// The URL is invalid.
    Url(&'static str),
}

/// JavaScript threw an exception through `emscripten_fetch`, so the request did not start.
pub(crate) struct Exception {
    /// The fetch that was left behind and has to be closed, if its address is known.
    pub(crate) fetch: Option<NonNull<emscripten_fetch_t>>,
}

/// The function that a lookup in the cache calls: see `start_cached`.
pub(crate) type Lookup = unsafe extern "C" fn(*mut c_void, f64) -> usize;

/// The body of a complete response. The native backend never makes `Bytes`.
#[cfg_attr(not(target_os = "emscripten"), allow(dead_code))]
pub(crate) enum Received {
    Bytes(Allocation),
    /// There was no memory for the body.
    Lost,
}

//! What both backends say about a request that starts, and about its response when that is
//! complete.

use core::ffi::{c_char, c_void};
use core::ptr::NonNull;

use super::{Allocation, emscripten_fetch_t};

/// What `data` points at while a response is complete and has been taken over, and not yet told.
pub(crate) static TAKEN: c_char = 0;

/// Why a backend refuses a request before it starts.
pub(crate) enum Refusal {
    /// Nothing can be sent here: the host lacks something, or the native backend is not there.
    Host(&'static str),
    /// JavaScript has thrown an exception.
    #[cfg(target_os = "emscripten")]
    Exception,
    /// The URL is invalid.
    Url(&'static str),
}

/// JavaScript has thrown an exception through `emscripten_fetch`, which has not started.
pub(crate) struct Exception {
    /// The fetch, still to be closed, where it is known.
    pub(crate) fetch: Option<NonNull<emscripten_fetch_t>>,
}

/// Is told about a lookup in the cache: see `start_cached`.
pub(crate) type Lookup = unsafe extern "C" fn(*mut c_void, f64) -> usize;

/// The body of a response that is complete. Natively the machine hands it over.
#[cfg_attr(not(target_os = "emscripten"), allow(dead_code))]
pub(crate) enum Received {
    Bytes(Allocation),
    /// There was no memory for it.
    Lost,
}

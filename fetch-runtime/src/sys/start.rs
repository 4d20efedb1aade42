//! The types in which both backends report the start of a request and its complete response.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::{self, NonNull};
use std::sync::Arc;

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

/// Compares a body with the integrity of its request, on any thread.
pub(crate) type Accepts = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// The function that a lookup calls with the text of an entry that it has found: see
/// `start_with_entry`. The number is 0 if the request cannot be made conditional. Returns a
/// [`Decision`].
pub(crate) type Decide = unsafe extern "C" fn(*mut c_void, *const c_char, c_int) -> *const c_char;

/// What is to be done with an entry that a lookup has found.
#[derive(Clone, Copy)]
pub(crate) enum Decision {
    /// The request is sent, as if there were no entry.
    Forget,
    /// The entry is the response.
    Use,
    /// The request is sent with these headers, and the entry is kept until its end. There is a line
    /// for each header, which ends with a line feed.
    Ask(*const c_char),
}

impl Decision {
    const USE: *const c_char = ptr::without_provenance(1);

    pub(crate) const fn to_c(self) -> *const c_char {
        match self {
            Self::Forget => ptr::null(),
            Self::Use => Self::USE,
            Self::Ask(headers) => headers,
        }
    }

    #[cfg_attr(target_os = "emscripten", allow(dead_code))]
    pub(crate) fn from_c(decision: *const c_char) -> Self {
        match decision {
            none if none.is_null() => Self::Forget,
            Self::USE => Self::Use,
            headers => Self::Ask(headers),
        }
    }
}

/// The body of a complete response. The native backend never makes `Bytes`.
#[cfg_attr(not(target_os = "emscripten"), allow(dead_code))]
pub(crate) enum Received {
    Bytes(Allocation),
    /// There was no memory for the body.
    Lost,
}

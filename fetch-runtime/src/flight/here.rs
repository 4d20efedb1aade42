//! Requests of a program without pthreads: each is carried out on its own thread. It stands in for
//! `elsewhere.rs`.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::InFlight;
use crate::Outcome;
use crate::raw::close::close;
use crate::sys::emscripten_fetch_t;

#[expect(clippy::unused_self, reason = "as in elsewhere.rs")]
impl InFlight {
    pub(super) const fn tell_elsewhere(&self, _: Outcome) -> bool {
        false
    }

    pub(super) const fn leave_elsewhere(&self) -> bool {
        false
    }

    pub(super) const fn is_guest(&self) -> bool {
        false
    }

    pub(crate) fn count(&self, count: fn()) {
        count();
    }

    /// # Safety
    /// As for [`close`].
    pub(crate) unsafe fn close_struct(&self, fetch: NonNull<emscripten_fetch_t>) {
        // SAFETY: the caller's guarantee is the same.
        unsafe { close(fetch) };
    }
}

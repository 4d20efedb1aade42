//! The end of a request: its place goes to the next one, and its handler is called.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::c_void;
use std::rc::Rc;

use super::{InFlight, Phase, queue};
use crate::sys::backend;
use crate::sys::unwind::callback;
use crate::{counters, panic};

impl InFlight {
    /// The end of the request: its struct is about to be closed, or it has waited in vain. Returns
    /// the last phase before it, and the URL, which may have a NUL at its end.
    pub(crate) fn finish(&self) -> (Phase, Cow<'static, str>) {
        self.fetch.set(None);
        let mut parts = self.parts.take();
        let url = parts.as_mut().map_or(Cow::Borrowed(""), |parts| parts.url.take_terminated());
        let phase = self.phase.replace(Phase::Done);
        if phase == Phase::Waiting {
            // SAFETY: a request in this phase is in the queue of its thread.
            unsafe { queue::remove(self) };
        }
        (phase, url)
    }

    /// Calls the handler with the response, last: whatever it does, nothing is left to be done.
    pub(crate) fn call_handler(self: Rc<Self>) {
        let (extras, handler) = (self.extras.take(), self.handler.take());
        if self.is_guest() {
            drop(extras);
            if let Some(handler) = handler {
                handler.call(self);
            }
            return;
        }
        if let Some(extras) = extras {
            // The drop runs user code. If that panics, the handler is called all the same.
            panic::catch(move || drop(extras));
        }
        counters::completed();
        #[cfg(feature = "observer")]
        if let Some(watch) = self.watch.take() {
            let response = self.response.take();
            watch.end(response.as_ref());
            self.response.set(response);
        }
        match handler {
            Some(handler) => {
                queue::refill();
                panic::catch(move || handler.call(self));
            }
            // The program drops the future, and may be about to drop those of requests that wait.
            None => queue::refill_later(),
        }
    }

    /// Calls the handler when the running code has returned.
    pub(crate) fn call_handler_later(self: Rc<Self>) {
        // It runs no user code, so that it may run now.
        if self.is_guest() {
            return self.call_handler();
        }
        // SAFETY: `deliver` takes the flight back, and C calls it once.
        unsafe { backend::emscripten_set_timeout(callback(deliver), 0.0, self.into_user_data()) };
    }
}

/// # Safety
/// `user_data` comes from [`InFlight::call_handler_later`], and this is its only call.
unsafe extern "C-unwind" fn deliver(user_data: *mut c_void) {
    // SAFETY: the caller guarantees it.
    unsafe { InFlight::take(user_data) }.call_handler();
}

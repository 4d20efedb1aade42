//! Ends a request in flight: at once if that is safe, otherwise as soon as it is.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use super::{InFlight, Phase};
use crate::sys::unwind::callback;
use crate::sys::{backend, emscripten_fetch_t};
use crate::{Outcome, Response, counters};

impl InFlight {
    /// Ends the request with this outcome. Its handler runs later, never inside this call. A
    /// request that is over, or is to end already, keeps its outcome.
    pub(crate) fn cancel(self: &Rc<Self>, outcome: Outcome) {
        if self.forced_outcome.get().is_some() {
            return;
        }
        self.forced_outcome.set(Some(outcome));
        // Otherwise the request ends when its lookup is over, or in its terminal callback; or when
        // the callback that runs has returned. The main thread does the same with what it carries
        // out.
        if let Some(url) = self.try_close() {
            self.respond(url);
            Rc::clone(self).call_handler_later();
        } else if !self.tell_elsewhere(outcome) && self.in_callback.get() {
            let user_data = Rc::clone(self).into_user_data();
            // SAFETY: `close_now` takes the flight back, and C calls it once.
            unsafe { backend::emscripten_set_timeout(callback(close_now), 0.0, user_data) };
        } else {
            self.stop_waiting();
        }
    }

    /// Ends the request, and calls its handler neither now nor later.
    pub(crate) fn abandon(self: &Rc<Self>) {
        drop(self.handler.take());
        if self.forced_outcome.get().is_some() {
            return;
        }
        self.forced_outcome.set(Some(Outcome::Aborted));
        if self.try_close().is_some() || !self.in_callback.get() && self.leave_elsewhere() {
            Rc::clone(self).call_handler();
        } else if self.in_callback.get() {
            let user_data = Rc::clone(self).into_user_data();
            // SAFETY: `abandon_now` takes the flight back, and C calls it once.
            unsafe { backend::emscripten_set_timeout(callback(abandon_now), 0.0, user_data) };
        } else {
            self.stop_waiting();
        }
    }

    /// Ends a lookup that waits for another page.
    fn stop_waiting(self: &Rc<Self>) {
        #[cfg(target_os = "emscripten")]
        self.with_extras(|extras| extras.stop_waiting(Rc::as_ptr(self).cast()));
    }

    /// The lookup is over: upstream has reacted to the answer of the cache, or has thrown an
    /// exception instead. Returns whether that is the end of the request.
    pub(crate) fn on_lookup_end(self: &Rc<Self>, threw: bool) -> bool {
        if self.is_finished() {
            return false;
        }
        if threw {
            // Upstream had counted a reason to stay alive.
            backend::keep_alive(-1);
            self.forced_outcome.set(self.forced_outcome.get().or(Some(Outcome::NetworkError)));
        }
        let fetch = if threw {
            self.fetch.get()
        } else {
            self.closable().filter(|_| self.forced_outcome.get().is_some())
        };
        if let Some(fetch) = fetch {
            // SAFETY: the fetch is live: its lookup is over, and no transfer has begun or it may be
            // closed.
            self.respond(unsafe { self.close(fetch) });
            Rc::clone(self).call_handler_later();
        }
        fetch.is_some()
    }

    /// The turn of the request has come, and it cannot begin. [`started`](Self::started) reports
    /// that if the program has just started it. Otherwise it ends with this outcome.
    pub(crate) fn fail_to_begin(self: &Rc<Self>, outcome: Outcome) {
        if !self.has_waited.get() {
            return self.forced_outcome.set(Some(outcome));
        }
        let (_, url) = self.finish();
        self.count(counters::never_begun);
        self.set_response(Response::unanswered(url, outcome));
        Rc::clone(self).call_handler_later();
    }

    /// Closes the request if that is safe, or takes it out of the queue. Returns its URL if it was.
    fn try_close(self: &Rc<Self>) -> Option<Cow<'static, str>> {
        if self.phase() == Phase::Waiting {
            counters::never_begun();
            return Some(self.finish().1);
        }
        // SAFETY: `closable` says that it is live and that JS has no more to write.
        self.closable().map(|fetch| unsafe { self.close(fetch) })
    }

    /// Closes the request, and returns its URL. What is left is to call its handler.
    ///
    /// # Safety
    /// `fetch` is that of this request, is live, and JS has no more to write into it.
    unsafe fn close(self: &Rc<Self>, fetch: NonNull<emscripten_fetch_t>) -> Cow<'static, str> {
        let (_, url) = self.finish();
        drop(self.take_received());
        // SAFETY: the caller guarantees it; the flight has forgotten it.
        unsafe { self.close_struct(fetch) };
        // SAFETY: C held this count by its userData, and has just given it up: the quiet close
        // makes no callback.
        unsafe { Rc::decrement_strong_count(Rc::as_ptr(self)) };
        url
    }

    /// Sets the response of a request that was ended.
    fn respond(&self, url: Cow<'static, str>) {
        let outcome = self.forced_outcome().unwrap_or(Outcome::Aborted);
        self.set_response(Response::unanswered(url, outcome));
    }
}

/// # Safety
/// `user_data` comes from [`InFlight::cancel`], and this is its only call.
unsafe extern "C-unwind" fn close_now(user_data: *mut c_void) {
    // SAFETY: the caller guarantees it.
    let flight = unsafe { InFlight::take(user_data) };
    if let Some(url) = flight.try_close() {
        flight.respond(url);
        flight.call_handler();
    }
}

/// # Safety
/// `user_data` comes from [`InFlight::abandon`], and this is its only call.
unsafe extern "C-unwind" fn abandon_now(user_data: *mut c_void) {
    // SAFETY: the caller guarantees it.
    let flight = unsafe { InFlight::take(user_data) };
    if flight.try_close().is_some() || flight.leave_elsewhere() {
        flight.call_handler();
    }
}

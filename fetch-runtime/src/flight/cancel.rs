//! Ends a request in flight: at once if that is safe, otherwise as soon as it is.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::rc::Rc;

use super::InFlight;
use crate::raw::close::close;
use crate::raw::timer::run_later;
use crate::sys::{backend, emscripten_fetch_t};
use crate::{Outcome, Response};

impl InFlight {
    /// Ends the request with this outcome. Its handler runs later, never inside this call. A
    /// request that is over, or is to end already, keeps its outcome.
    pub(crate) fn cancel(self: &Rc<Self>, outcome: Outcome) {
        if self.forced_outcome.get().is_some() {
            return;
        }
        self.forced_outcome.set(Some(outcome));
        if self.try_close() {
            return;
        }
        // Otherwise the request ends later: when the running callback has returned, when its lookup
        // is over, or in its terminal callback.
        if self.in_callback.get() {
            let flight = Rc::clone(self);
            run_later(move || {
                flight.try_close();
            });
        }
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
            unsafe { self.close(fetch) };
        }
        fetch.is_some()
    }

    /// Closes the request if that is safe. Returns whether it was.
    fn try_close(self: &Rc<Self>) -> bool {
        let fetch = self.closable();
        if let Some(fetch) = fetch {
            // SAFETY: `closable` says that it is live and that JS has no more to write.
            unsafe { self.close(fetch) };
        }
        fetch.is_some()
    }

    /// Closes the request. Its handler is called later.
    ///
    /// # Safety
    /// `fetch` is that of this request, is live, and JS has no more to write into it.
    unsafe fn close(self: &Rc<Self>, fetch: NonNull<emscripten_fetch_t>) {
        let (_, url) = self.finish();
        // SAFETY: the caller guarantees it; the flight has forgotten it.
        unsafe { close(fetch) };
        let outcome = self.forced_outcome().unwrap_or(Outcome::Aborted);
        self.set_response(Response::unanswered(url, outcome));
        // SAFETY: C held this count by its userData, and has just given it up: the quiet close
        // makes no callback.
        let flight = unsafe { Rc::from_raw(Rc::as_ptr(self)) };
        run_later(move || flight.call_handler());
    }
}

//! Requests that are carried out on another thread: a pthread's requests that use the cache, which
//! the main thread alone has.
//!
//! There are two flights of such a request. That of the pthread has the handler and the optional
//! parts of the program. The main thread's, a guest, has the fetch; it neither counts in the
//! statistics of that thread, nor takes one of its places. See `extras/errand.rs`.
#![allow(unsafe_code)]

use std::mem;
use std::ptr::NonNull;
use std::rc::Rc;

use super::{Begin, InFlight, Phase, Tell};
use crate::raw::close::{close, close_uncounted};
use crate::request::RequestParts;
use crate::sys::backend::{self, Letter, Receive, Ticket};
use crate::sys::emscripten_fetch_t;
use crate::{CacheStatus, Outcome, Progress, Response, counters};

impl InFlight {
    /// Takes the values of a request out, for the main thread.
    pub(crate) fn take_parts(&self) -> Option<Box<RequestParts>> {
        self.parts.take()
    }

    /// The main thread has been asked to carry the request out.
    pub(crate) fn go_elsewhere(&self, ticket: Ticket, tell: Tell) {
        backend::hold();
        counters::started();
        self.phase.set(Phase::Elsewhere);
        self.elsewhere.set(Some((ticket, tell)));
    }

    pub(crate) fn is_elsewhere(&self) -> bool {
        self.phase.get() == Phase::Elsewhere
    }

    /// Has the main thread end the request with this outcome. Its response comes as ever. Returns
    /// false if the request is not there.
    pub(super) fn tell_elsewhere(&self, outcome: Outcome) -> bool {
        let question = self.elsewhere.get();
        if let Some((ticket, tell)) = question {
            tell(ticket, Some(outcome));
        }
        question.is_some()
    }

    /// Has the main thread end the request. The pthread waits for no response. Returns false if the
    /// request is not there.
    pub(super) fn leave_elsewhere(&self) -> bool {
        let question = self.elsewhere.get();
        if let Some((ticket, tell)) = question {
            tell(ticket, None);
            self.come_back();
        }
        question.is_some()
    }

    /// The request is over, here.
    fn come_back(&self) {
        self.elsewhere.set(None);
        self.finish();
        counters::closed(false);
        backend::release();
    }

    /// Makes this the flight of another thread's request. What it says is an answer to that thread.
    pub(crate) fn set_guest(&self, begin: Begin) {
        self.guest.set(Some(begin));
        // The other thread's start has returned.
        self.has_waited.set(true);
    }

    pub(super) fn is_guest(&self) -> bool {
        self.guest().is_some()
    }

    /// If this is a guest, the function by which another one begins.
    pub(crate) fn guest(&self) -> Option<Begin> {
        self.guest.get()
    }

    /// Counts in the statistics of this thread.
    pub(crate) fn count(&self, count: fn()) {
        if !self.is_guest() {
            count();
        }
    }

    /// Closes the struct of this request.
    ///
    /// # Safety
    /// As for [`close`].
    pub(crate) unsafe fn close_struct(&self, fetch: NonNull<emscripten_fetch_t>) {
        if self.is_guest() {
            // SAFETY: the caller's guarantee is the same.
            unsafe { close_uncounted(fetch) };
        } else {
            // SAFETY: the caller's guarantee is the same.
            unsafe { close(fetch) };
        }
    }

    /// Takes the response of a guest, which is over.
    pub(crate) fn take_response(&self) -> Option<Response> {
        self.response.take()
    }
}

/// What comes from the main thread.
impl Receive for InFlight {
    fn letter(&self, letter: Letter) {
        if let Ok(progress) = letter.downcast::<Progress>() {
            self.progress(*progress);
        }
    }

    fn answer(self: Rc<Self>, letter: Letter) {
        let Ok(response) = letter.downcast::<Response>() else { return };
        let mut response = *response;
        match self.forced_outcome() {
            // It had ended there before the word came.
            Some(outcome) if response.outcome != outcome => {
                let url = mem::take(&mut response.url);
                let cache_status = match response.cache_status {
                    CacheStatus::Hit | CacheStatus::Revalidated | CacheStatus::Stale => {
                        CacheStatus::Bypass
                    }
                    written => written,
                };
                response = Response { cache_status, ..Response::unanswered(url, outcome) };
            }
            _ => {}
        }
        self.come_back();
        self.set_response(response);
        self.call_handler();
    }
}

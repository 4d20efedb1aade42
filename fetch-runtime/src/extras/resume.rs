//! Has a download go on where it broke off: [`Request::resume`].
#![allow(unsafe_code)]

use std::ffi::c_char;
#[cfg(target_os = "emscripten")]
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

use super::cache::{self, lookup, token};
use super::http_cache::refuse_conditions;
use crate::flight::InFlight;
#[cfg(emscripten_threads)]
use crate::request::Recipe;
use crate::request::{Access, Extra, Flight, RequestParts, Slot, Slots, option_rules};
use crate::sys::{Exception, backend, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{CacheMode, Request, StartError};

static RESUME: Access = Access {
    prepare: |request| {
        cache::prepare(request);
        // The `If-Range` of the cache is to be the only condition.
        request.check(|request| refuse_conditions(request));
    },
    start,
    before_store,
    was_stored: backend::was_stored,
    complete: None,
    #[cfg(emscripten_threads)]
    elsewhere: Some(super::errand::send),
};

#[derive(Clone, Copy)]
struct Resume {
    /// The program has not asked for it: it gives way to what the program has asked for.
    is_implied: bool,
}

impl Extra for Resume {
    fn check(&mut self, request: &mut RequestParts) {
        if !self.is_implied {
            request.check(|request| check(request));
        }
    }

    fn access(&self, request: &RequestParts) -> Option<&'static Access> {
        let gives_way = check(request).is_err() || refuse_conditions(request).is_err();
        (!self.is_implied || !gives_way).then_some(&RESUME)
    }

    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        Some(Box::new(*self))
    }

    fn has_read_cache(&self, id: u32) -> bool {
        backend::has_read_parts(id)
    }

    #[cfg(target_os = "emscripten")]
    fn stop_waiting(&self, token: *const c_void) {
        backend::stop_waiting(token);
    }

    #[cfg(emscripten_threads)]
    fn recipes(&self, add: &mut dyn FnMut(Recipe)) {
        let this = *self;
        add((Slot::Resume, Box::new(move |_| Box::new(this))));
    }
}

impl Request {
    /// Has the download go on where an earlier one of the same key has broken off, if the server
    /// allows it. It needs [`CacheMode::ForceCache`] or [`CacheMode::Reload`]: otherwise the start
    /// fails with [`StartError::ResumeNotAllowed`].
    ///
    /// As the body arrives, the cache keeps its parts. If the download ends early, by a network
    /// error, a timeout or an abort, they stay. The next request with this option asks for the rest
    /// alone. The server sends it only if its file is still the same, which a strong `ETag` says;
    /// otherwise it sends the whole new file. A body is never put together from two versions.
    ///
    /// The response looks as if the body had come at once: its status is 200, and its
    /// `Content-Length` is that of the whole. [`on_progress`](Self::on_progress) counts the parts
    /// that were kept. The guide [*Resuming*](crate::guide::resuming) says when a download can be
    /// resumed.
    ///
    /// ```
    /// use fetch_runtime::{CacheMode, Request};
    ///
    /// let request = Request::get("/world.pak").cache(CacheMode::ForceCache).resume(true);
    /// # drop(request);
    /// ```
    pub fn resume(mut self, resume: bool) -> Self {
        if !resume {
            Slots::remove(&mut self.extras, Slot::Resume);
        } else if self.parts.require_download("resume") {
            self.set_resume(Resume { is_implied: false });
        }
        self
    }

    /// As [`resume`](Self::resume), unless the cache mode or a condition does not allow it.
    #[cfg(feature = "integrity")]
    pub(crate) fn resume_if_allowed(mut self) -> Self {
        self.set_resume(Resume { is_implied: true });
        self
    }

    fn set_resume(&mut self, resume: Resume) {
        Slots::set(&mut self.extras, Slot::Resume, Box::new(resume));
    }
}

fn check(request: &RequestParts) -> Result<(), StartError> {
    match request.operation.cache_mode() {
        Some(CacheMode::ForceCache | CacheMode::Reload) => Ok(()),
        _ => Err(StartError::ResumeNotAllowed { reason: option_rules::RESUME_WITHOUT_STORE }),
    }
}

/// # Safety
/// As for `emscripten_fetch`.
unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    flight: &Flight,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return Ok(ptr::null_mut()) };
    let (token, accepts) = (token(flight), flight.accepts());
    // SAFETY: the caller's guarantee is the same; the token is given up by the last call of
    // `lookup`.
    unsafe { backend::start_resumable(attr, url, lookup, token, accepts) }
}

/// # Safety
/// The fetch has a handle, and its `readyState` is `DONE`.
unsafe fn before_store(flight: &Flight, fetch: &emscripten_fetch_t) -> bool {
    // SAFETY: the caller's guarantee is the same.
    let stores = unsafe { cache::before_store(flight, fetch) };
    // A body that there was no memory for says nothing about its parts.
    if flight.downcast_ref::<InFlight>().is_some_and(InFlight::refuses_bytes) {
        // SAFETY: the caller's guarantee is the same.
        unsafe { backend::drop_parts(fetch.id) };
    }
    stores
}

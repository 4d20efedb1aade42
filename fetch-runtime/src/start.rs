//! Starts requests: the only caller of `emscripten_fetch`.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use crate::attr::{Attr, Callbacks};
use crate::handler::{Closure, NoContext};
use crate::inflight::{Core, InFlight};
use crate::outcome::Asked;
use crate::sys::backend;
use crate::trampoline::callback;
use crate::{Fetch, Handler, HandlerOutput, Request, Response, StartError, stats, trampoline};

impl Request {
    /// Starts the request with a `#[fetch_handler]` function.
    ///
    /// # Errors
    /// If the request cannot begin; then the handler is not called.
    pub fn send<H: Handler<Context: NoContext>>(self) -> Result<Fetch, StartError> {
        start::<H>(self, H::Context::none())
    }

    /// Starts the request with a `#[fetch_handler]` function that takes a context.
    ///
    /// # Errors
    /// If the request cannot begin; then the handler is not called, and the context is dropped.
    pub fn send_with<H: Handler>(self, context: H::Context) -> Result<Fetch, StartError> {
        start::<H>(self, context)
    }

    /// Starts the request with a closure.
    ///
    /// # Errors
    /// If the request cannot begin; then the closure is dropped without a call.
    pub fn send_fn<F, R>(self, handler: F) -> Result<Fetch, StartError>
    where
        F: FnOnce(Response) -> R + 'static,
        R: HandlerOutput + 'static,
    {
        start::<Closure<F, R>>(self, handler)
    }
}

fn start<H: Handler>(mut request: Request, context: H::Context) -> Result<Fetch, StartError> {
    request.check()?;
    if let Some(on_progress) = H::ON_PROGRESS {
        request.on_progress.get_or_insert_with(|| Box::new(on_progress));
    }
    let callbacks = Callbacks {
        onsuccess: callback(trampoline::onsuccess::<H>),
        onerror: callback(trampoline::onerror::<H>),
        onprogress: request.on_progress.is_some().then_some(callback(trampoline::onprogress)),
        onreadystatechange: callback(trampoline::onreadystatechange),
    };
    let state = InFlight::<H>::new(&mut request, context);
    let user_data = Rc::clone(&state).into_user_data();
    let begun = begin(&request, state.core(), callbacks, user_data);
    if begun.is_err() {
        // SAFETY: it was made above, and C has kept nothing of a fetch that it refused.
        drop(unsafe { InFlight::<H>::take(user_data) });
    }
    begun.map(|()| Fetch::new(state))
}

/// The part that is the same for every handler.
fn begin(
    request: &Request,
    core: &Core,
    callbacks: Callbacks,
    user_data: *mut c_void,
) -> Result<(), StartError> {
    if request.uses_the_cache() && !backend::fetch_cache_supported() {
        return Err(StartError::CacheNotSupported);
    }
    let owned = core.owned.borrow();
    let url = owned.url.as_ptr();
    let body = owned.body.as_ref().map_or::<&[u8], _>(&[], |body| body.as_slice());
    if request.opens_its_url() {
        // SAFETY: `url` is a live C string.
        unsafe { backend::check_url(url) }.map_err(|reason| {
            let url = owned.url.to_string_lossy().into_owned();
            StartError::InvalidUrl { url, reason }
        })?;
    }
    let mut attr = Attr::new(request, body, callbacks, user_data);
    drop(owned);
    stats::started();
    let (attr, stores) = (attr.as_mut_ptr(), request.asked == Asked::Store);
    // What both calls need: `attr` and `url` live through the call, the body and the state behind `user_data` until
    // the terminal callback, which `core` has not seen yet; what JS could throw at was checked.
    let fetch = if stores {
        // SAFETY: as said above.
        unsafe { backend::emscripten_fetch_store(attr, url) }
    } else {
        // SAFETY: as said above.
        unsafe { backend::emscripten_fetch(attr, url) }
    };
    match NonNull::new(fetch) {
        Some(fetch) => {
            core.returned(fetch);
            Ok(())
        }
        None => {
            stats::never_started();
            Err(StartError::OutOfMemory)
        }
    }
}

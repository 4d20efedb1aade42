//! Starts requests: the only caller of `emscripten_fetch`.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use crate::attr::{Attr, Callbacks};
use crate::inflight::{Core, InFlight};
use crate::outcome::Asked;
use crate::sys::backend;
use crate::trampoline::callback;
use crate::{Fetch, Handler, Request, StartError, stats, trampoline};

pub(crate) fn start<H: Handler>(mut request: Request, context: H::Context) -> Result<Fetch, StartError> {
    request.check()?;
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

//! Starts requests: the only caller of `emscripten_fetch`.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::rc::Rc;

use crate::attr::{Attr, Terminal};
use crate::handler::{Closure, NoContext};
use crate::inflight::{Core, InFlight, Phase, State};
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
    if let Some(on_progress) = H::ON_PROGRESS {
        request.default_progress(on_progress);
    }
    let attr = prepare(&mut request)?;
    let stores = request.asked == Asked::Store;
    let state = InFlight::<H>::new(&mut request, context);
    let terminal = terminal(&state);
    let user_data = terminal.user_data;
    if begin(attr, terminal, state.core(), stores) {
        let state: Rc<dyn State> = state;
        if let Some(started) = request.started {
            // Without the cache, upstream's own timeout is for all of the request.
            started(&state, if request.uses_the_cache() { request.timeout_ms } else { 0 });
        }
        return Ok(Fetch::new(state));
    }
    // SAFETY: `terminal` made it, and C has kept nothing of a fetch that it refused.
    drop(unsafe { InFlight::<H>::take(user_data) });
    Err(StartError::OutOfMemory)
}

/// Starts a request that `emscripten_fetch` waits for: its handler has been called when this returns. Answers
/// whether its time was over, which its struct does not tell.
pub(crate) fn wait<H: Handler>(mut request: Request, context: H::Context) -> Result<bool, StartError> {
    let mut attr = prepare(&mut request)?.synchronous();
    let state = InFlight::<H>::new(&mut request, context);
    // So that the handler may be called inside `emscripten_fetch`.
    state.core().phase.set(Phase::Transfer);
    let url = attr.url;
    let terminal = terminal(&state);
    let user_data = terminal.user_data;
    stats::started();
    // SAFETY: as `begin` says.
    let (fetch, timed_out) = unsafe { backend::emscripten_fetch_synchronous(attr.with(terminal), url) };
    let Some(fetch) = NonNull::new(fetch) else {
        stats::never_started();
        // SAFETY: `terminal` made it, and C has kept nothing of a fetch that it refused.
        drop(unsafe { InFlight::<H>::take(user_data) });
        return Err(StartError::OutOfMemory);
    };
    if state.core().phase.get() != Phase::Done {
        // SAFETY: no terminal callback was called, so it is live and ours; and JS is done with it, as it is synchronous.
        unsafe { trampoline::never_told::<H>(fetch) };
    }
    Ok(timed_out)
}

fn terminal<H: Handler>(state: &Rc<InFlight<H>>) -> Terminal {
    Terminal {
        onsuccess: callback(trampoline::onsuccess::<H>),
        onerror: callback(trampoline::onerror::<H>),
        user_data: Rc::clone(state).into_user_data(),
    }
}

/// All that can be refused is refused here, before there is anything to be undone.
fn prepare(request: &mut Request) -> Result<Attr, StartError> {
    request.check()?;
    #[cfg(emscripten_heap_views)]
    if let Some(reason) = backend::unusable_heap(request.opens_its_url() && request.body.is_some()) {
        return Err(StartError::EmscriptenNotSupported { reason });
    }
    if request.uses_the_cache() && !backend::fetch_cache_supported() {
        return Err(StartError::CacheNotSupported);
    }
    let attr = Attr::new(request);
    if request.opens_its_url() {
        // SAFETY: the request has the URL, a C string.
        unsafe { backend::check_url(attr.url) }
            .map_err(|reason| StartError::InvalidUrl { url: request.url.as_str().to_owned(), reason })?;
    }
    Ok(attr)
}

/// Whether it has begun.
fn begin(mut attr: Attr, terminal: Terminal, core: &Core, stores: bool) -> bool {
    stats::started();
    let (url, attr) = (attr.url, attr.with(terminal));
    // What both calls need: `attr`, `url` and the strings of the request live through the call, the body and the state
    // behind `user_data` until the terminal callback, which `core` has not seen yet; what JS could throw at was checked.
    let fetch = if stores {
        // SAFETY: as said above.
        unsafe { backend::emscripten_fetch_store(attr, url) }
    } else {
        // SAFETY: as said above.
        unsafe { backend::emscripten_fetch(attr, url) }
    };
    match NonNull::new(fetch) {
        Some(fetch) => core.returned(fetch),
        None => stats::never_started(),
    }
    !fetch.is_null()
}

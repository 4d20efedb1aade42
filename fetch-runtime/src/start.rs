//! Starts requests: the only caller of `emscripten_fetch`.
#![allow(unsafe_code)]

use std::ptr::{self, NonNull};
use std::rc::Rc;

use crate::attr::{Attr, Terminal};
use crate::close::close_uncounted;
use crate::handler::{Closure, NoContext};
use crate::inflight::{Core, InFlight, Phase, State};
use crate::sys::{Exception, Refusal, backend, emscripten_fetch_t};
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
    let mut attr = prepare(&mut request)?;
    let state = InFlight::<H>::new(&mut request, context);
    let terminal = terminal(&state);
    let (user_data, url) = (terminal.user_data, attr.url);
    stats::started();
    let attr = attr.with(terminal);
    // What both calls need: `attr`, `url` and the strings of the request live through the call, the
    // body and the state behind `user_data` until the terminal callback, which has not been called;
    // what JS could throw at was checked.
    let started = match request.cached {
        // SAFETY: as said above.
        Some(cached) => unsafe { (cached.start)(attr, url, request.second_key(), state.clone()) },
        // SAFETY: as said above.
        None => unsafe { backend::start(attr, url) },
    };
    match begun(state.core(), started) {
        Ok(fetch) => state.core().returned(fetch),
        Err(error) => {
            // SAFETY: `terminal` made it, and C has kept nothing of a fetch that has not started.
            drop(unsafe { InFlight::<H>::take(user_data) });
            return Err(error);
        }
    }
    let state: Rc<dyn State> = state;
    if let Some(started) = request.started {
        // Without the cache, upstream's own timeout is for all of the request.
        started(&state, if request.uses_the_cache() { request.timeout_ms } else { 0 });
    }
    Ok(Fetch::new(state))
}

/// The fetch that has started, which is dangling if the request is already over.
fn begun(
    core: &Core,
    started: Result<*mut emscripten_fetch_t, Exception>,
) -> Result<NonNull<emscripten_fetch_t>, StartError> {
    let error = match started {
        Ok(fetch) => match NonNull::new(fetch) {
            Some(fetch) => return Ok(fetch),
            None => StartError::OutOfMemory,
        },
        // After the end there is nothing to be lost.
        Err(_) if core.phase.get() == Phase::Done => return Ok(NonNull::dangling()),
        Err(exception) => {
            if let Some(fetch) = exception.fetch {
                // SAFETY: the exception has left it behind: it is live, and JS knows no more of it.
                unsafe { close_uncounted(fetch) };
            }
            StartError::Exception
        }
    };
    stats::never_started();
    Err(error)
}

/// Starts a request that `emscripten_fetch` waits for: its handler has been called when this
/// returns. Answers whether its time was over, which its struct does not tell.
pub(crate) fn wait<H: Handler>(
    mut request: Request,
    context: H::Context,
) -> Result<bool, StartError> {
    let mut attr = prepare(&mut request)?.synchronous();
    let state = InFlight::<H>::new(&mut request, context);
    // So that the handler may be called inside `emscripten_fetch`.
    state.core().phase.set(Phase::Transfer);
    let url = attr.url;
    let terminal = terminal(&state);
    let user_data = terminal.user_data;
    stats::started();
    // SAFETY: as `start` says.
    let started = unsafe { backend::start_synchronous(attr.with(terminal), url) };
    let timed_out = matches!(started, Ok((_, true)));
    let fetch = match begun(state.core(), started.map(|(fetch, _)| fetch)) {
        Ok(fetch) => fetch,
        Err(error) => {
            // SAFETY: `terminal` made it, and C has kept nothing of a fetch that has not started.
            drop(unsafe { InFlight::<H>::take(user_data) });
            return Err(error);
        }
    };
    if state.core().phase.get() != Phase::Done {
        // SAFETY: no terminal callback was called, so it is live and ours; and JS is done with it,
        // as it is synchronous.
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
    let url = if request.opens_its_url() { request.url.as_ptr() } else { ptr::null() };
    // SAFETY: the request has the URL, a C string.
    unsafe { backend::check_host(url, request.stream.is_some()) }.map_err(
        |refusal| match refusal {
            Refusal::Host(reason) => StartError::Unavailable { reason },
            #[cfg(target_os = "emscripten")]
            Refusal::Exception => StartError::Exception,
            Refusal::Url(reason) => {
                StartError::InvalidUrl { url: request.url.as_str().to_owned(), reason }
            }
        },
    )?;
    #[cfg(emscripten_heap_views)]
    if let Some(reason) = backend::unusable_heap(request.opens_its_url() && request.body.is_some())
    {
        return Err(StartError::Unavailable { reason });
    }
    if let Some(cached) = request.cached {
        (cached.prepare)(request)?;
    }
    Ok(Attr::new(request))
}

//! Starts requests.
#![allow(unsafe_code)]

use std::ptr::{self, NonNull};
use std::rc::Rc;

use super::attr::attributes;
use super::trampoline;
#[cfg(feature = "observer")]
use crate::flight::observer::{self, Watch};
use crate::flight::{CallHandler, InFlight, WithContext, queue};
use crate::handler::{Closure, NoContext};
use crate::raw::close::close_uncounted;
use crate::request::RequestParts;
use crate::sys::unwind::callback;
use crate::sys::{EMSCRIPTEN_FETCH_SYNCHRONOUS, Exception, Refusal, backend, emscripten_fetch_t};
use crate::{Fetch, Handler, HandlerOutput, Outcome, Request, Response, StartError, counters};

impl Request {
    /// Starts the request with a `#[fetch_handler]` function.
    ///
    /// # Errors
    /// If the request cannot begin; then the handler is not called.
    pub fn send<H: Handler<Context: NoContext>>(self) -> Result<Fetch, StartError> {
        self.send_with::<H>(H::Context::none())
    }

    /// Starts the request with a `#[fetch_handler]` function that takes a context.
    ///
    /// # Errors
    /// If the request cannot begin; then the handler is not called, and the context is dropped.
    pub fn send_with<H: Handler>(mut self, context: H::Context) -> Result<Fetch, StartError> {
        if let Some(on_progress) = H::ON_PROGRESS {
            self.default_progress(on_progress);
        }
        // Without a context, the box allocates nothing.
        start(self, Box::new(WithContext::<H>(context))).map(Fetch::new)
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
        self.send_with::<Closure<F, R>>(handler)
    }
}

/// Starts the request. The handler is called when it is over.
///
/// # Errors
/// If the request cannot begin; then the handler is dropped.
pub(crate) fn start(
    mut request: Request,
    handler: CallHandler,
) -> Result<Rc<InFlight>, StartError> {
    prepare(&mut request)?;
    #[cfg(feature = "observer")]
    let watch = Watch::start(&request.parts);
    let flight = InFlight::new(request, handler);
    #[cfg(feature = "observer")]
    flight.set_watch(watch);
    queue::push(Rc::clone(&flight), begin);
    flight.tell_begun();
    // It begins now, unless too many others are in flight.
    queue::refill();
    flight.started().map_err(|outcome| {
        let error = start_error(outcome);
        #[cfg(feature = "observer")]
        if let Some(watch) = flight.take_watch() {
            watch.not_started(&error);
        }
        error
    })?;
    Ok(flight)
}

/// The error of a start whose request would have this outcome if it had waited.
fn start_error(outcome: Outcome) -> StartError {
    match outcome {
        Outcome::OutOfMemory => StartError::OutOfMemory,
        _ => StartError::Exception,
    }
}

/// Starts the fetch of a request whose turn has come.
fn begin(flight: Rc<InFlight>) {
    #[cfg(emscripten_threads)]
    if flight.access().and_then(|access| access.elsewhere).is_some_and(|send| send(&flight)) {
        if flight.is_elsewhere() {
            flight.tell_begun();
        }
        return;
    }
    let Some((mut attr, url)) = flight.read(attributes) else { return };
    let attr = &mut attr;
    attr.userData = Rc::clone(&flight).into_user_data();
    if cfg!(target_os = "emscripten") {
        attr.timeoutMSecs = 0; // `Deadline` keeps the time
    }
    flight.count(counters::started);
    // For both calls: `attr` lives through the call, and the flight keeps the strings and the body
    // of the request until a terminal callback. Upstream copies each string before it can make one.
    // Values that JS could throw at were checked.
    let started = match flight.access() {
        // SAFETY: as said above.
        Some(access) => unsafe { (access.start)(attr, url, &flight) },
        // SAFETY: as said above.
        None => unsafe { backend::start(attr, url) },
    };
    // SAFETY: `userData` is that of this flight.
    match unsafe { check_started(&flight, started) } {
        Ok(fetch) => {
            flight.on_started(fetch);
            #[cfg(not(target_os = "emscripten"))]
            flight.has_begun();
            flight.tell_begun();
        }
        Err(outcome) => flight.fail_to_begin(outcome),
    }
}

/// A synchronous request that is over.
pub(super) struct Blocked {
    /// Whether the request has timed out, which its struct does not say.
    pub(super) timed_out: bool,
    #[cfg(feature = "observer")]
    pub(super) watch: Watch,
}

/// Starts a synchronous request: its handler has been called when this returns.
pub(super) fn start_blocking(
    mut request: Request,
    handler: CallHandler,
) -> Result<Blocked, StartError> {
    prepare(&mut request)?;
    let (mut attr, url) = attributes(&request.parts, &request.extras);
    attr.attributes |= EMSCRIPTEN_FETCH_SYNCHRONOUS;
    attr.onreadystatechange = Some(callback(trampoline::onreadystatechange_done));
    #[cfg(feature = "observer")]
    let watch = Watch::start(&request.parts);
    let flight = InFlight::new(request, handler);
    flight.set_synchronous();
    attr.userData = Rc::clone(&flight).into_user_data();
    counters::started();
    // SAFETY: as `begin` says.
    let started = unsafe { backend::start_synchronous(&mut attr, url) };
    let timed_out = matches!(started, Ok((_, true)));
    // SAFETY: `userData` is that of this flight.
    let fetch = unsafe { check_started(&flight, started.map(|(fetch, _)| fetch)) };
    let fetch = fetch.map_err(start_error);
    #[cfg(feature = "observer")]
    if let Err(error) = &fetch {
        watch.not_started(error);
    }
    let fetch = fetch?;
    if !flight.is_finished() {
        // SAFETY: no terminal callback was called, so it is live and ours; and JS is done with it,
        // as it is synchronous.
        unsafe { trampoline::complete_without_callback(fetch) };
    }
    Ok(Blocked {
        timed_out,
        #[cfg(feature = "observer")]
        watch,
    })
}

/// The fetch that has started, which dangles if the request is already over.
///
/// # Errors
/// If it has not started: then C has given up the flight.
///
/// # Safety
/// The flight's `userData` was handed to C by the call whose result is `started`, and to nothing
/// else.
unsafe fn check_started(
    flight: &Rc<InFlight>,
    started: Result<*mut emscripten_fetch_t, Exception>,
) -> Result<NonNull<emscripten_fetch_t>, Outcome> {
    let outcome = match started {
        Ok(fetch) => match NonNull::new(fetch) {
            Some(fetch) => return Ok(fetch),
            None => Outcome::OutOfMemory,
        },
        // The request is over: the exception changes nothing.
        Err(_) if flight.is_finished() => return Ok(NonNull::dangling()),
        Err(exception) => {
            if let Some(fetch) = exception.fetch {
                // SAFETY: the exception has left it behind: it is live, and JS knows no more of it.
                unsafe { close_uncounted(fetch) };
            }
            Outcome::NetworkError
        }
    };
    flight.count(counters::never_started);
    // SAFETY: the caller guarantees that C had this count; C has kept nothing of a fetch that has
    // not started.
    unsafe { Rc::decrement_strong_count(Rc::as_ptr(flight)) };
    Err(outcome)
}

/// Makes all checks, before there is anything that an error would have to undo.
fn prepare(request: &mut Request) -> Result<(), StartError> {
    request.check();
    if request.parts.is_valid() {
        check_host(&mut request.parts);
    }
    if let Some(access) = request.access.filter(|_| request.parts.is_valid()) {
        (access.prepare)(&mut request.parts);
    }
    let result = request.parts.take_error();
    #[cfg(feature = "observer")]
    if let Err(error) = &result {
        observer::invalid(&request.parts, error);
    }
    result
}

fn check_host(parts: &mut RequestParts) {
    let needs_network = parts.operation.needs_network();
    let url = if needs_network { parts.url.as_ptr() } else { ptr::null() };
    // SAFETY: the request has the URL, a C string.
    match unsafe { backend::check_host(url, parts.is_streamed) } {
        Ok(()) => {}
        Err(Refusal::Host(reason)) => parts.record_error(StartError::Unavailable { reason }),
        #[cfg(target_os = "emscripten")]
        Err(Refusal::Exception) => parts.record_error(StartError::Exception),
        Err(Refusal::Url(reason)) => parts.record_invalid_url(reason),
    }
    #[cfg(emscripten_heap_views)]
    if let Some(reason) = backend::unusable_heap(needs_network && parts.body.is_some()) {
        parts.record_error(StartError::Unavailable { reason });
    }
}

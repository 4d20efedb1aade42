//! A request between its start and its end: the target of C's `userData`.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::mem::{self, ManuallyDrop};
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::Waker;

mod cancel;
mod closable;
#[cfg_attr(not(emscripten_threads), path = "here.rs")]
mod elsewhere;
mod end;
mod handle;
mod links;
mod notify;
#[cfg(feature = "observer")]
pub(crate) mod observer;
pub(crate) mod queue;
#[cfg(feature = "integrity")]
mod verification;
#[cfg_attr(not(feature = "integrity"), path = "unverified.rs")]
mod verify;

pub use handle::Fetch;
use links::Links;

use crate::raw::{snapshot, timeout};
use crate::request::{Access, BeforeEnd, Extra, Extras, Operation, Request, RequestParts};
use crate::response::StatusText;
#[cfg(emscripten_threads)]
use crate::sys::backend::Ticket;
use crate::sys::backend::Waiting;
use crate::sys::{DONE, HEADERS_RECEIVED, Received, backend, emscripten_fetch_t};
use crate::{Handler, Outcome, Response};

/// The phase of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Too many others are in flight: the request waits in the queue.
    Waiting,
    /// `emscripten_fetch` has not returned.
    Starting,
    /// The cache was asked, and has not answered: there is no handle yet.
    Lookup,
    /// The request is in JS.
    Transfer,
    /// The main thread carries the request out.
    #[cfg(emscripten_threads)]
    Elsewhere,
    /// `readyState` is 4: the terminal callback is next.
    Ending,
    /// The body is complete and being stored.
    Storing,
    /// The C struct is closed.
    Done,
}

/// A handler with its context, of any type.
pub(crate) type CallHandler = Box<dyn Call>;

/// The end of a request: a call of its handler, or the wake of the task that awaits it.
pub(crate) trait Call {
    /// Calls the handler with the response of this flight, which is over. The handler may never
    /// return: the box and the flight are freed before.
    fn call(self: Box<Self>, flight: Rc<InFlight>);

    /// Remembers the task that is to be woken at the end.
    fn set_waker(&self, _: &Waker) {}

    /// Wakes the task, because the request that it awaits has begun.
    #[cfg(not(target_os = "emscripten"))]
    fn has_begun(&self) {}
}

/// The context of a handler.
pub(crate) struct WithContext<H: Handler>(pub(crate) H::Context);

impl<H: Handler> Call for WithContext<H> {
    fn call(self: Box<Self>, flight: Rc<InFlight>) {
        // The end of the block frees the box.
        let Self(context) = {
            let handler = self;
            *handler
        };
        let response = flight.response.take();
        drop(flight);
        if let Some(response) = response {
            H::handle(response, context);
        }
    }
}

/// Tells the main thread that a request is to end, or that its thread has given it up.
#[cfg(emscripten_threads)]
pub(crate) type Tell = fn(Ticket, Option<Outcome>);

/// Begins a request whose turn has come. It runs no user code.
pub(crate) type Begin = fn(Rc<InFlight>);

/// The state of a request in flight.
pub(crate) struct InFlight {
    operation: Operation,
    access: Option<&'static Access>,
    /// There is one if the request is a stream.
    before_end: Option<BeforeEnd>,
    links: Links<Self>,
    /// The start has returned before the request could begin.
    has_waited: Cell<bool>,
    phase: Cell<Phase>,
    /// The struct, from when `emscripten_fetch` has returned it until it is closed.
    fetch: Cell<Option<NonNull<emscripten_fetch_t>>>,
    /// The status when the headers arrived, before caching or an error writes over it.
    received_status: Cell<Option<u16>>,
    /// The reason phrase, before the store writes over it.
    status_text: Cell<Option<StatusText>>,
    /// The body, from `readyState` 4 until the terminal callback.
    received: Cell<Option<Received>>,
    /// Whether user code runs inside a callback of this fetch.
    in_callback: Cell<bool>,
    /// C has a pointer to the body until the terminal callback.
    parts: Cell<Option<Box<RequestParts>>>,
    extras: Cell<Extras>,
    /// A chunk was not delivered whole: no other may follow it.
    chunk_was_lost: Cell<bool>,
    /// The outcome, if the request is to end as soon as that is safe, at the latest in its terminal
    /// callback.
    forced_outcome: Cell<Option<Outcome>>,
    handler: Cell<Option<CallHandler>>,
    /// From the close of the struct until the handler is called.
    response: Cell<Option<Response>>,
    /// The question to the main thread, while that carries the request out.
    #[cfg(emscripten_threads)]
    elsewhere: Cell<Option<(Ticket, Tell)>>,
    /// Begins requests, if this one is another thread's, which is carried out here.
    #[cfg(emscripten_threads)]
    guest: Cell<Option<Begin>>,
    #[cfg(feature = "observer")]
    watch: Cell<Option<observer::Watch>>,
    #[cfg(feature = "integrity")]
    verification: verification::Verification,
}

impl InFlight {
    /// Takes over the request. The values that C points at keep their addresses.
    pub(crate) fn new(request: Request, handler: CallHandler) -> Rc<Self> {
        let Request { parts, extras, access, .. } = request;
        Rc::new(Self {
            operation: parts.operation,
            parts: Cell::new(Some(parts)),
            access,
            before_end: extras.as_ref().and_then(|extras| extras.before_end()),
            links: Links::none(),
            has_waited: Cell::new(false),
            phase: Cell::new(Phase::Starting),
            fetch: Cell::new(None),
            received_status: Cell::new(None),
            status_text: Cell::new(None),
            received: Cell::new(None),
            in_callback: Cell::new(false),
            extras: Cell::new(extras),
            chunk_was_lost: Cell::new(false),
            forced_outcome: Cell::new(None),
            handler: Cell::new(Some(handler)),
            response: Cell::new(None),
            #[cfg(emscripten_threads)]
            elsewhere: Cell::new(None),
            #[cfg(emscripten_threads)]
            guest: Cell::new(None),
            #[cfg(feature = "observer")]
            watch: Cell::new(None),
            #[cfg(feature = "integrity")]
            verification: verification::Verification::new(request.verifier),
        })
    }

    /// Sets the state in which a terminal callback finds a fetch that C code started.
    pub(crate) fn set_from_c(&self, phase: Phase, received_status: Option<u16>) {
        self.phase.set(phase);
        self.received_status.set(received_status);
    }

    /// Gives a count to C, until [`take`](Self::take).
    pub(crate) fn into_user_data(self: Rc<Self>) -> *mut c_void {
        Rc::into_raw(self).cast_mut().cast()
    }

    /// Takes the count back from C.
    ///
    /// # Safety
    /// `user_data` comes from [`into_user_data`](Self::into_user_data), and is not used again.
    pub(crate) unsafe fn take(user_data: *mut c_void) -> Rc<Self> {
        // SAFETY: the caller guarantees where it comes from, and gives it up.
        unsafe { Rc::from_raw(user_data.cast_const().cast()) }
    }

    /// Borrows the flight from C, which keeps its count.
    ///
    /// # Safety
    /// `user_data` comes from [`into_user_data`](Self::into_user_data), and is not taken back as
    /// long as the result is used.
    pub(crate) unsafe fn borrow(user_data: *mut c_void) -> ManuallyDrop<Rc<Self>> {
        // SAFETY: the caller guarantees where it comes from; C's count stays C's.
        ManuallyDrop::new(unsafe { Rc::from_raw(user_data.cast_const().cast()) })
    }

    /// Reads the values of the request. `None` when it is over.
    pub(crate) fn read<R>(&self, read: fn(&RequestParts, &Extras) -> R) -> Option<R> {
        // SAFETY: `read` has no access to the flight, so no slot changes meanwhile.
        let parts = unsafe { &*self.parts.as_ptr() };
        // SAFETY: as above.
        let extras = unsafe { &*self.extras.as_ptr() };
        parts.as_ref().map(|parts| read(parts, extras))
    }

    /// The result of the start, which returns now.
    ///
    /// # Errors
    /// If the request was to begin and could not.
    pub(crate) fn started(&self) -> Result<(), Outcome> {
        self.has_waited.set(true);
        match self.forced_outcome.get() {
            Some(outcome) if self.phase.get() == Phase::Starting => Err(outcome),
            _ => Ok(()),
        }
    }

    /// Tells the optional parts that the request has begun, or waits.
    #[inline(never)]
    pub(crate) fn tell_begun(self: &Rc<Self>) {
        self.with_extras(|extras| extras.begun(self, self.id()));
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.phase.get() == Phase::Done
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.before_end.is_some()
    }

    /// Makes the request synchronous: its handler may run inside `emscripten_fetch`.
    pub(crate) fn set_synchronous(&self) {
        self.phase.set(Phase::Transfer);
    }

    /// `emscripten_fetch` has returned `fetch`, which dangles if the request is already over.
    pub(crate) fn on_started(&self, fetch: NonNull<emscripten_fetch_t>) {
        if self.is_finished() {
            return;
        }
        self.fetch.set(Some(fetch));
        // SAFETY: the request is not over, so the struct that `emscripten_fetch` returned is live;
        // C does not touch it meanwhile.
        let fetch = unsafe { &mut *fetch.as_ptr() };
        if self.is_stream() {
            timeout::mark(fetch);
        }
        self.phase.set(if fetch.id == 0 { Phase::Lookup } else { Phase::Transfer });
    }

    /// The handle in JS of a request that has started, if it has one.
    pub(crate) fn id(&self) -> u32 {
        // SAFETY: `finish` forgets the pointer before the struct is closed.
        self.fetch.get().map_or(0, |fetch| unsafe { fetch.as_ref() }.id)
    }

    /// The cache has the body.
    pub(crate) fn on_record(&self, record: Received) {
        self.received.set(Some(record));
    }

    /// C's `onreadystatechange`.
    ///
    /// # Safety
    /// `fetch` is live, and that of this request.
    pub(crate) unsafe fn on_ready_state_change(&self, fetch: &mut emscripten_fetch_t) {
        match fetch.readyState {
            HEADERS_RECEIVED => {
                self.on_headers(fetch.status);
                // A cache miss has left its own text. JS replaces it only if the server's is not
                // empty.
                fetch.statusText[0] = 0;
            }
            // SAFETY: the caller guarantees a live fetch. It has a handle: only an XMLHttpRequest
            // reports `readyState` 4.
            DONE => unsafe { self.on_done(fetch) },
            _ => {}
        }
    }

    /// The headers have arrived.
    pub(crate) fn on_headers(&self, status: u16) {
        self.received_status.set(Some(status));
        if self.phase.get() == Phase::Lookup {
            self.phase.set(Phase::Transfer);
        }
    }

    /// `readyState` is 4, and the terminal callback is next. Takes over the body of a response that
    /// is complete.
    ///
    /// # Safety
    /// `fetch` is live, and that of this request. It has a handle.
    pub(crate) unsafe fn on_done(&self, fetch: &mut emscripten_fetch_t) {
        let received = match self.before_end {
            Some(_) => None,
            // SAFETY: the caller guarantees it.
            None => unsafe { backend::take_response(fetch) },
        };
        self.phase.set(Phase::Ending);
        let is_network_error = received.is_none();
        self.received.set(received);
        #[cfg(feature = "integrity")]
        self.verification.forget();
        match (fetch.status, is_network_error) {
            (0, true) => timeout::mark(fetch),
            // The source has no statuses: it is a file, or a scheme of the host's own.
            (0, false) => self.received_status.set(Some(200)),
            (200..300, _) => {
                if let Some(access) = self.access {
                    // SAFETY: the caller guarantees a live fetch with a handle.
                    if unsafe { (access.before_store)(self, fetch) } {
                        self.phase.set(Phase::Storing);
                        self.status_text.set(Some(snapshot::status_text(fetch)));
                    }
                }
            }
            _ => {}
        }
    }

    /// Makes the struct of a stream that ends look like that of any other request.
    pub(crate) fn before_end(&self, fetch: &mut emscripten_fetch_t) {
        if let Some(before_end) = self.before_end {
            before_end(fetch, self.received_status.get());
        }
    }

    pub(crate) fn access(&self) -> Option<&'static Access> {
        self.access
    }

    /// As [`read`](Self::read), for a closure. The request's values are taken out meanwhile.
    pub(crate) fn with_parts<R>(&self, read: impl FnOnce(&RequestParts) -> R) -> Option<R> {
        let parts = self.parts.take()?;
        let result = read(&parts);
        // The slot is empty: nothing is dropped.
        mem::forget(self.parts.replace(Some(parts)));
        Some(result)
    }

    pub(crate) fn operation(&self) -> Operation {
        self.operation
    }

    /// The status when the headers arrived, if they have.
    pub(crate) fn received_status(&self) -> Option<u16> {
        self.received_status.get()
    }

    /// The reason phrase, if the store may have written over it.
    pub(crate) fn status_text(&self) -> Option<StatusText> {
        self.status_text.get()
    }

    /// The outcome, if the request was to be ended: by `Fetch::abort`, by its deadline, or because
    /// a chunk was not delivered.
    pub(crate) fn forced_outcome(&self) -> Option<Outcome> {
        let lost_chunk = self.chunk_was_lost.get().then_some(Outcome::Aborted);
        self.forced_outcome.get().or(lost_chunk)
    }

    /// Whether the terminal callback that runs now says that a body was stored.
    pub(crate) fn was_stored(&self) -> bool {
        self.access.is_some_and(|access| (access.was_stored)())
    }

    /// Has the cache complete the response.
    ///
    /// # Safety
    /// `fetch` is live, that of this request, and in its terminal callback.
    pub(crate) unsafe fn complete_by_cache(
        &self,
        fetch: NonNull<emscripten_fetch_t>,
        response: &mut Response,
    ) {
        if let Some(complete) = self.access.and_then(|access| access.complete) {
            // SAFETY: the caller guarantees it.
            unsafe { complete(self, fetch, response) };
        }
    }

    /// The body, if it was taken over before the terminal callback.
    pub(crate) fn take_received(&self) -> Option<Received> {
        self.received.take()
    }

    /// Keeps the response for the handler.
    pub(crate) fn set_response(&self, response: Response) {
        // SAFETY: nothing refers to the slot. It is empty, so nothing has to be dropped.
        unsafe { self.response.as_ptr().write(Some(response)) };
    }

    /// Has the observer hear of the end of this request.
    #[cfg(feature = "observer")]
    pub(crate) fn set_watch(&self, watch: observer::Watch) {
        self.watch.set(Some(watch));
    }

    #[cfg(feature = "observer")]
    pub(crate) fn take_watch(&self) -> Option<observer::Watch> {
        self.watch.take()
    }

    /// The response of an awaited request, if it is over. Otherwise the end wakes the task.
    pub(crate) fn poll_response(&self, waker: &Waker) -> Option<Response> {
        let Some(handler) = self.handler.take() else { return self.response.take() };
        handler.set_waker(waker);
        // The slot is empty: nothing is dropped.
        mem::forget(self.handler.replace(Some(handler)));
        None
    }

    /// Has the future of a request that has waited for its turn follow its fetch.
    #[cfg(not(target_os = "emscripten"))]
    pub(crate) fn has_begun(&self) {
        if let Some(handler) = self.handler.take() {
            handler.has_begun();
            // The slot is empty: nothing is dropped.
            mem::forget(self.handler.replace(Some(handler)));
        }
    }

    /// Has a future's wait follow the fetch of this request, which may have waited for its turn.
    pub(crate) fn follow(&self, waiting: &Waiting) {
        // SAFETY: `finish` forgets the pointer before the struct is closed.
        unsafe { waiting.follow(self.fetch.get()) };
    }

    /// A future's wait for this request.
    pub(crate) fn waiting(&self) -> Waiting {
        // SAFETY: `finish` forgets the pointer before the struct is closed.
        unsafe { Waiting::for_fetch(self.fetch.get()) }
    }

    /// Runs `call` with the optional parts. They are taken out meanwhile, so a callback inside a
    /// callback finds none.
    pub(crate) fn with_extras<R>(&self, call: impl FnOnce(&mut dyn Extra) -> R) -> Option<R> {
        let mut extras = self.extras.take()?;
        let result = call(&mut *extras);
        // The slot is empty: nothing is dropped.
        mem::forget(self.extras.replace(Some(extras)));
        Some(result)
    }
}

//! The state of a request in flight: what `userData` points at.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use crate::cached::Cached;
use crate::close::{close, may_close_in_flight};
use crate::defer::defer;
use crate::outcome::Asked;
use crate::progress::{self, Listeners};
use crate::response::{FinalUrl, StatusText};
use crate::stream::Stream;
use crate::sys::{Received, backend, emscripten_fetch_t};
use crate::trampoline::{TIMED_OUT, status_text};
use crate::{
    Body, CacheStatus, Chunk, Handler, Outcome, Progress, Request, RequestBody, RequestString,
    Response, panic, stats,
};

/// Where a request is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// `emscripten_fetch` has not returned.
    Starting,
    /// The cache has been asked, and has not answered: there is no handle yet.
    Lookup,
    /// The request is in JS.
    Transfer,
    /// `readyState` is 4: the terminal callback is next.
    Ending,
    /// The body is complete and being stored.
    Storing,
    /// The C struct is closed.
    Done,
}

/// What is known of a request in flight, whatever its handler is.
pub(crate) struct Core {
    pub(crate) phase: Cell<Phase>,
    pub(crate) asked: Asked,
    /// The struct, from when `emscripten_fetch` has returned it until it is closed.
    fetch: Cell<Option<NonNull<emscripten_fetch_t>>>,
    /// The status, from when the headers have arrived, before caching or an error writes over it.
    head: Cell<Option<u16>>,
    /// The reason phrase, from before the store writes over it.
    pub(crate) status_text: Cell<Option<StatusText>>,
    /// The body, from `readyState` 4 until the terminal callback.
    received: Cell<Option<Received>>,
    cached: Option<&'static Cached>,
    /// Whether user code runs inside a callback of this fetch.
    in_callback: Cell<bool>,
    url: Cell<RequestString>,
    /// C has a pointer to it until the terminal callback.
    body: Cell<Option<RequestBody>>,
    listeners: Cell<progress::MaybeListeners>,
    pub(crate) stream: Option<&'static Stream>,
    /// A chunk of it was not taken.
    has_gap: Cell<bool>,
    /// What it is to end as, as soon as that is safe, at the latest in the terminal callback.
    verdict: Cell<Option<Outcome>>,
}

/// What is known of a request when it ends, besides what is in its struct.
pub(crate) struct Known {
    pub(crate) asked: Asked,
    pub(crate) url: RequestString,
    /// The last one before the end.
    pub(crate) phase: Phase,
    pub(crate) head: Option<u16>,
    pub(crate) status_text: Option<StatusText>,
    pub(crate) received: Option<Received>,
    /// A body was to be stored, and is.
    pub(crate) is_stored: bool,
    pub(crate) verdict: Option<Outcome>,
}

/// [`Core`] and the context for the handler, taken when it is called.
///
/// `repr(C)` puts the core first: what `userData` points at is a `Core`, whatever the handler is.
#[repr(C)]
pub(crate) struct InFlight<H: Handler> {
    core: Core,
    context: Cell<Option<H::Context>>,
}

/// An [`InFlight`], whatever its handler is.
pub(crate) trait State {
    fn core(&self) -> &Core;

    /// The handler with its context, the first time.
    fn take_handler(&self) -> Option<Box<dyn FnOnce(Response)>>;
}

impl<H: Handler> State for InFlight<H> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn take_handler(&self) -> Option<Box<dyn FnOnce(Response)>> {
        let (context, listeners) = self.take_user()?;
        Some(Box::new(move |response| invoke::<H>(listeners, response, context)))
    }
}

/// Calls the handler, last: whatever it does, nothing is left to be done.
pub(crate) fn invoke<H: Handler>(
    listeners: progress::MaybeListeners,
    response: Response,
    context: H::Context,
) {
    stats::completed();
    // A drop is user code, too: should it panic, the handler is called all the same.
    panic::contain(move || drop(listeners));
    panic::contain(move || H::handle(response, context));
}

impl<H: Handler> InFlight<H> {
    /// Takes what must outlive the start out of the request.
    pub(crate) fn new(request: &mut Request, context: H::Context) -> Rc<Self> {
        Rc::new(Self { core: Core::new(request), context: Cell::new(Some(context)) })
    }

    /// For C to keep, until [`take`](Self::take).
    pub(crate) fn into_user_data(self: Rc<Self>) -> *mut c_void {
        Rc::into_raw(self).cast_mut().cast()
    }

    /// Takes back what C kept.
    ///
    /// # Safety
    /// `user_data` comes from [`into_user_data`](Self::into_user_data) of the same `H`, and is not
    /// used again.
    pub(crate) unsafe fn take(user_data: *mut c_void) -> Rc<Self> {
        // SAFETY: the caller guarantees where it comes from, and gives it up.
        unsafe { Rc::from_raw(user_data.cast_const().cast()) }
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// The context and the listeners, the first time.
    pub(crate) fn take_user(&self) -> Option<(H::Context, progress::MaybeListeners)> {
        Some((self.context.take()?, self.core.listeners.take()))
    }
}

impl Core {
    fn new(request: &mut Request) -> Self {
        Self {
            phase: Cell::new(Phase::Starting),
            asked: request.asked,
            fetch: Cell::new(None),
            head: Cell::new(None),
            status_text: Cell::new(None),
            received: Cell::new(None),
            cached: request.cached,
            in_callback: Cell::new(false),
            url: Cell::new(std::mem::replace(&mut request.url, RequestString::EMPTY)),
            body: Cell::new(request.body.take()),
            listeners: Cell::new(request.listeners.take()),
            stream: request.stream,
            has_gap: Cell::new(false),
            verdict: Cell::new(None),
        }
    }

    /// `emscripten_fetch` has returned `fetch`, which is dangling if the request is already over.
    pub(crate) fn returned(&self, fetch: NonNull<emscripten_fetch_t>) {
        if self.phase.get() == Phase::Done {
            return;
        }
        self.fetch.set(Some(fetch));
        // SAFETY: it is not over, so the struct that `emscripten_fetch` returned is live; C does
        // not touch it meanwhile.
        let fetch = unsafe { &mut *fetch.as_ptr() };
        if self.stream.is_some() {
            fetch.dataOffset = TIMED_OUT;
        }
        let id = fetch.id;
        self.phase.set(if id == 0 { Phase::Lookup } else { Phase::Transfer });
    }

    /// Tells a stream that it has started.
    pub(crate) fn started(&self, stream: &Stream) {
        if let Some(fetch) = self.fetch.get() {
            // SAFETY: it is in flight, so its struct is live.
            let id = unsafe { fetch.as_ref() }.id;
            // SAFETY: that is the handle of a live fetch, a stream.
            unsafe { (stream.started)(id) };
        }
    }

    /// The terminal callback takes over.
    pub(crate) fn finish(&self) -> Known {
        self.fetch.set(None);
        drop(self.body.take());
        Known {
            asked: self.asked,
            url: self.url.replace(RequestString::EMPTY),
            phase: self.phase.replace(Phase::Done),
            verdict: self.verdict.get().or(self.has_gap.get().then_some(Outcome::Aborted)),
            head: self.head.get(),
            status_text: self.status_text.get(),
            received: self.received.take(),
            is_stored: self.cached.is_some_and(|cached| (cached.was_stored)()),
        }
    }

    /// Calls the progress handler, if it is not being called already and nobody has lost interest.
    pub(crate) fn progress(&self, progress: Progress) {
        self.tell(|listeners| {
            if let Some(on_progress) = &mut listeners.on_progress {
                panic::contain(|| on_progress(progress));
            }
        });
    }

    /// Hands out a chunk, then calls the progress handler.
    pub(crate) fn chunk(&self, chunk: Chunk) {
        let loaded = chunk.offset.saturating_add(chunk.len() as u64);
        let progress = Progress { loaded, total: chunk.total.filter(|total| loaded <= *total) };
        self.tell(|listeners| {
            if let Some(on_chunk) = &mut listeners.on_chunk {
                // Until it has returned: it may never, and after a gap no other chunk would do.
                self.has_gap.set(true);
                panic::contain(|| {
                    on_chunk(chunk);
                    self.has_gap.set(false);
                });
            }
        });
        if self.has_gap.get() {
            self.give_up(Outcome::Aborted);
        }
        self.progress(progress);
    }

    /// Ends the stream, of which no other chunk is handed out.
    pub(crate) fn give_up(&self, outcome: Outcome) {
        self.has_gap.set(true);
        if let Some(state) = self.listen(|listeners| listeners.itself.as_ref()?.upgrade()) {
            self.in_callback.set(true);
            abandon(&state, outcome);
            self.in_callback.set(false);
        }
    }

    fn tell(&self, what: impl FnOnce(&mut Listeners)) {
        if self.verdict.get().is_some() {
            return;
        }
        self.in_callback.set(true);
        self.listen(what);
        self.in_callback.set(false);
    }

    /// In a callback that is called inside itself there are no listeners.
    pub(crate) fn listen<R>(&self, what: impl FnOnce(&mut Listeners) -> R) -> R {
        let mut listeners = self.listeners.take();
        let result = what(Listeners::of(&mut listeners));
        self.listeners.set(listeners);
        result
    }

    /// The status, if the headers have arrived.
    pub(crate) fn head(&self) -> Option<u16> {
        self.head.get()
    }

    /// The cache has the body.
    pub(crate) fn found(&self, record: Received) {
        self.received.set(Some(record));
    }

    /// The headers have arrived.
    pub(crate) fn headers_received(&self, status: u16) {
        self.head.set(Some(status));
        if self.phase.get() == Phase::Lookup {
            self.phase.set(Phase::Transfer);
        }
    }

    /// `readyState` is 4, and the terminal callback is next. Takes over the body of a response that
    /// is complete.
    ///
    /// # Safety
    /// `fetch` is live, and that of this request. It has a handle.
    pub(crate) unsafe fn done(&self, fetch: &mut emscripten_fetch_t) {
        let received = match self.stream {
            Some(_) => None,
            // SAFETY: the caller guarantees it.
            None => unsafe { backend::take_response(fetch) },
        };
        self.phase.set(Phase::Ending);
        match (fetch.status, &received) {
            (0, None) => fetch.dataOffset = TIMED_OUT,
            // Loaded from where there are no statuses: a file, or a scheme of the host's own.
            (0, Some(_)) => self.head.set(Some(200)),
            (status @ 200..300, _) => {
                if let (Asked::Download(mode), Some(cached)) = (self.asked, self.cached) {
                    if mode.stores() {
                        self.phase.set(Phase::Storing);
                        self.status_text.set(Some(status_text(&fetch.statusText)));
                        // Any other is not all of what the URL stands for.
                        // SAFETY: the caller guarantees a live fetch with a handle.
                        unsafe { (cached.prepare_store)(fetch.id, status != 200) };
                    }
                }
            }
            _ => {}
        }
        self.received.set(received);
    }

    /// The struct, if it may be closed now.
    fn closable(&self) -> Option<NonNull<emscripten_fetch_t>> {
        // At the end of a thread the native backend goes, and its structs with it.
        let fetch = self.fetch.get().filter(|_| !self.in_callback.get() && backend::is_alive())?;
        // SAFETY: `finish` forgets the pointer before the struct is closed.
        may_close_in_flight(unsafe { fetch.as_ref() }, self.phase.get()).then_some(fetch)
    }
}

/// Ends a request: at once if that is safe, else as soon as it is. Its handler runs later, never in
/// here.
pub(crate) fn abort(state: &Rc<dyn State>) {
    abandon(state, Outcome::Aborted);
}

/// As [`abort`], with this outcome.
pub(crate) fn abandon(state: &Rc<dyn State>, outcome: Outcome) {
    let core = state.core();
    // Of a request that is over, there is nothing to be closed.
    if core.verdict.get().is_some() {
        return;
    }
    core.verdict.set(Some(outcome));
    match end_in_flight(state) {
        Some(call_handler) => defer(0, call_handler),
        // When its callback has returned.
        None if core.in_callback.get() => {
            let state = Rc::clone(state);
            defer(0, move || {
                let call_handler = end_in_flight(&state);
                // Before the handler, which may never return.
                drop(state);
                if let Some(call_handler) = call_handler {
                    call_handler();
                }
            });
        }
        // When its lookup is over, or in its terminal callback.
        None => {}
    }
}

/// Upstream has reacted to what the cache has answered, or has thrown an exception instead. Answers
/// whether that is the end of the request.
pub(crate) fn lookup_is_over(state: Rc<dyn State>, threw: bool) -> bool {
    let core = state.core();
    if core.phase.get() == Phase::Done {
        return false;
    }
    if threw {
        // Upstream had counted a reason to stay alive.
        backend::keep_alive(-1);
        core.verdict.set(core.verdict.get().or(Some(Outcome::NetworkError)));
    }
    let fetch = if threw {
        core.fetch.get()
    } else {
        core.closable().filter(|_| core.verdict.get().is_some())
    };
    let Some(fetch) = fetch else { return false };
    // SAFETY: it is live: its lookup is over, and no transfer has begun or it may be closed.
    defer(0, unsafe { end_now(&state, fetch) });
    true
}

/// Closes a request in flight, if that is safe: what is left is to call its handler.
fn end_in_flight(state: &Rc<dyn State>) -> Option<impl FnOnce() + use<>> {
    let fetch = state.core().closable()?;
    // SAFETY: `closable` says that it is live and that JS has no more to write.
    Some(unsafe { end_now(state, fetch) })
}

/// Closes a request in flight: what is left is to call its handler.
///
/// # Safety
/// `fetch` is that of this request, is live, and JS has no more to write into it.
unsafe fn end_now(
    state: &Rc<dyn State>,
    fetch: NonNull<emscripten_fetch_t>,
) -> impl FnOnce() + use<> {
    let Known { url, verdict, .. } = state.core().finish();
    // SAFETY: the caller guarantees it; `finish` has forgotten it.
    unsafe { close(fetch) };
    // SAFETY: C held this count by its userData, and has just given it up: the quiet close calls
    // nobody.
    unsafe { Rc::decrement_strong_count(Rc::as_ptr(state)) };
    let handler = state.take_handler();
    let response = Response {
        url,
        final_url: FinalUrl::Unknown,
        status: 0,
        status_text: StatusText::EMPTY,
        headers: None,
        body: Body::EMPTY,
        outcome: verdict.unwrap_or(Outcome::Aborted),
        cache_status: CacheStatus::Bypass,
        #[cfg(not(target_os = "emscripten"))]
        cause: None,
    };
    move || {
        if let Some(handler) = handler {
            handler(response);
        }
    }
}

//! Ends a request when no byte has arrived for a time: [`Request::idle_timeout`].
#![allow(unsafe_code)]

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use super::progress::onprogress;
use crate::flight::{InFlight, Phase};
use crate::raw::timer::{GRACE_MS, LATE, LONGEST_MS, Timer, set_timer};
#[cfg(emscripten_threads)]
use crate::request::Recipe;
use crate::request::{Extra, Flight, RequestParts, Slot, Slots};
use crate::sys::unwind::callback;
use crate::sys::{HEADERS_RECEIVED, emscripten_fetch_attr_t, emscripten_fetch_t};
use crate::{Outcome, Progress, Request, RequestBody, StartError};

/// A longer body may take its time. The web does not say how much of it has been sent, so the clock
/// begins with the answer.
const SHORT_BODY: usize = 64 * 1024;

/// How long bytes that have arrived may take until they are reported, after a timer that is on
/// time, in milliseconds.
const SHORT_GRACE_MS: u32 = 10;

struct Idle {
    limit_ms: u32,
    has_long_body: bool,
    clock: Option<Rc<Clock>>,
}

/// The clock of a request. It stops when the request is over.
struct Clock {
    limit_ms: u32,
    flight: Weak<InFlight>,
    timer: Cell<Option<Timer>>,
    /// Whether the time counts, as the request has been sent.
    is_running: Cell<bool>,
    /// For how long this timer waits beyond the limit. Only a longer grace may follow, so that
    /// timers that are all late end the request, too.
    grace_ms: Cell<u32>,
}

impl Clock {
    /// Begins anew: a byte has arrived.
    fn restart(self: &Rc<Self>) {
        self.is_running.set(true);
        self.grace_ms.set(0);
        self.set(self.limit_ms);
    }

    fn set(self: &Rc<Self>, ms: u32) {
        let clock = Rc::downgrade(self);
        let due = Instant::now() + Duration::from_millis(ms.into());
        self.timer.set(Some(set_timer(ms, move || {
            if let Some(clock) = clock.upgrade() {
                clock.expire(due);
            }
        })));
    }

    fn expire(self: &Rc<Self>, due: Instant) {
        let Some(flight) = self.flight.upgrade() else { return };
        // Lookups and stores are the cache's time.
        let id = flight.id();
        let is_sent = id != 0 && matches!(flight.phase(), Phase::Lookup | Phase::Transfer);
        if !is_sent || !self.is_running.get() {
            self.is_running.set(is_sent);
            return self.set(self.limit_ms);
        }
        if flight.with_extras(|extras| extras.has_read_cache(id)).unwrap_or(false) {
            return self.restart();
        }
        let grace_ms = if due.elapsed() >= LATE { GRACE_MS } else { SHORT_GRACE_MS };
        if self.grace_ms.replace(grace_ms) >= grace_ms {
            flight.cancel(Outcome::Timeout);
        } else {
            self.set(grace_ms);
        }
    }
}

impl Idle {
    fn new(limit_ms: u32) -> Self {
        Self { limit_ms, has_long_body: false, clock: None }
    }
}

impl Extra for Idle {
    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        Some(Box::new(Self { clock: None, ..*self }))
    }

    fn check(&mut self, request: &mut RequestParts) {
        let length = request.body.as_ref().map_or(0, |body| RequestBody::as_slice(body).len());
        self.has_long_body = length > SHORT_BODY;
    }

    fn blocking_conflict(&self) -> Option<&'static str> {
        Some("`idle_timeout` cannot end a request while its thread is blocked: use `timeout`")
    }

    fn idle_timeout_ms(&self) -> u32 {
        self.limit_ms
    }

    #[cfg(emscripten_threads)]
    fn recipes(&self, add: &mut dyn FnMut(Recipe)) {
        let limit_ms = self.limit_ms;
        add((Slot::Idle, Box::new(move |_| Box::new(Self::new(limit_ms)))));
    }

    fn set_callbacks(&self, attr: &mut emscripten_fetch_attr_t) {
        attr.onprogress = Some(callback(onprogress));
        attr.onreadystatechange = Some(callback(onreadystatechange));
    }

    fn begun(&mut self, flight: &Flight, id: u32) {
        let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return };
        if self.limit_ms > LONGEST_MS || matches!(flight.phase(), Phase::Waiting | Phase::Done) {
            return;
        }
        // The clock is where the fetch is.
        #[cfg(emscripten_threads)]
        if flight.is_elsewhere() {
            return;
        }
        let clock = Rc::new(Clock {
            limit_ms: self.limit_ms,
            flight: Rc::downgrade(flight),
            timer: Cell::new(None),
            is_running: Cell::new(id != 0),
            grace_ms: Cell::new(0),
        });
        if !self.has_long_body {
            clock.set(self.limit_ms);
        }
        self.clock = Some(clock);
    }

    fn touch(&mut self) {
        if let Some(clock) = &self.clock {
            clock.restart();
        }
    }

    fn progress(&mut self, _: Progress) {
        self.touch();
    }
}

/// An `onreadystatechange` that tells the clock of the headers.
///
/// # Safety
/// C calls it during a fetch that bridge/start.rs started.
unsafe extern "C-unwind" fn onreadystatechange(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch; C does not touch it during its callback.
    let fetch = unsafe { &mut *fetch };
    // SAFETY: bridge/start.rs put it there; it is taken back in the terminal callback.
    let flight = unsafe { InFlight::borrow(fetch.userData) };
    // SAFETY: it is live, and that of this request.
    unsafe { flight.on_ready_state_change(fetch) };
    if fetch.readyState == HEADERS_RECEIVED {
        flight.with_extras(|extras| extras.touch());
    }
}

impl Request {
    /// Ends the request with [`Outcome::Timeout`] if no byte arrives for this time. Each part of
    /// the response begins it anew: the headers, and the bytes of the body as they arrive. So a
    /// download may take as long as it needs, and one that hangs ends. It is counted in
    /// milliseconds and rounded up. [`timeout`](Self::timeout) limits the whole request; a request
    /// may have both.
    ///
    /// The time for a lookup in the cache, or for a store, does not count. A body of more than
    /// 64 KiB may take as long as it needs to be sent, because the web does not tell how much of it
    /// has been: the time then begins with the headers of the response.
    ///
    /// Where timers are late, as in a page that is hidden, the end is late as well. Bytes that have
    /// arrived meanwhile count: a late end waits for them, about a second longer. A request that
    /// blocks its thread cannot have this option: [`StartError::BlockingNotAllowed`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use fetch_runtime::fetch;
    ///
    /// let request = fetch!(GET "/world.pak", idle_timeout: Duration::from_secs(20));
    /// assert_eq!(request.view().idle_timeout(), Some(Duration::from_secs(20)));
    /// ```
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.parts.require_download("idle_timeout");
        match u32::try_from(timeout.as_nanos().div_ceil(1_000_000)) {
            Ok(limit_ms @ 1..) => {
                Slots::set(&mut self.extras, Slot::Idle, Box::new(Idle::new(limit_ms)));
            }
            _ => self.parts.record_error(StartError::InvalidTimeout { timeout }),
        }
        self
    }
}

//! Ends a request when its time is over: [`Request::timeout`].
//!
//! Upstream's own timeout covers only the transfer. That is enough for a request without the cache,
//! unless it is a stream in a browser. Upstream aborts a stream whose time is over, and WebKit ends
//! an aborted body as if it were complete.

use std::mem;
use std::rc::Rc;
use std::time::Duration;

use crate::flight::{InFlight, Phase};
use crate::raw::timer::{LONGEST_MS, Timer, set_timer};
use crate::request::{Extra, Flight, RequestParts, Slot, Slots};
use crate::{Outcome, Request, StartError};

/// The clock of a request. It stops when the request is over.
struct Deadline {
    /// 0 if upstream's own timeout is enough.
    timeout_ms: u32,
    timer: Option<Timer>,
}

impl Deadline {
    const UNSTARTED: Self = Self { timeout_ms: 0, timer: None };
}

impl Extra for Deadline {
    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        Some(Box::new(Self::UNSTARTED))
    }

    fn check(&mut self, request: &mut RequestParts) {
        if request.is_streamed && cfg!(target_os = "emscripten") {
            self.timeout_ms = mem::take(&mut request.timeout_ms);
        } else if request.operation.uses_cache() {
            self.timeout_ms = request.timeout_ms;
        }
    }

    fn begun(&mut self, flight: &Flight, _: u32) {
        if !(1..=LONGEST_MS).contains(&self.timeout_ms) {
            return;
        }
        let Some(flight) = flight.downcast_ref::<Rc<InFlight>>() else { return };
        if matches!(flight.phase(), Phase::Waiting | Phase::Done) {
            return;
        }
        let flight = Rc::downgrade(flight);
        self.timer = Some(set_timer(self.timeout_ms, move || {
            if let Some(flight) = flight.upgrade() {
                flight.cancel(Outcome::Timeout);
            }
        }));
    }
}

impl Request {
    /// Ends the request with [`Outcome::Timeout`] if it is not over after this time, which covers
    /// the whole request, including cache lookup and storage. It is counted in milliseconds and
    /// rounded up. Without it, there is no limit but the browser's own. While the request
    /// [waits](crate::set_max_in_flight) to begin, no time passes.
    ///
    /// A request cannot be ended while the cache is being read or written; it then ends as soon as
    /// that is done, as with [`Fetch::abort`](crate::Fetch::abort).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.parts.require_download("timeout");
        match u32::try_from(timeout.as_nanos().div_ceil(1_000_000)) {
            Ok(timeout_ms @ 1..) => {
                self.parts.timeout_ms = timeout_ms;
                Slots::set(&mut self.extras, Slot::Deadline, Box::new(Deadline::UNSTARTED));
            }
            _ => self.parts.record_error(StartError::InvalidTimeout { timeout }),
        }
        self
    }
}

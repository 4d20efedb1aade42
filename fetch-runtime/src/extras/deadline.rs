//! Ends a request when its time is over: [`Request::timeout`].
//!
//! Upstream's own timeout covers only the transfer. In a browser, it ends a request whose response
//! came in time, if the page was frozen until the time was over. And upstream aborts a stream whose
//! time is over, but WebKit ends an aborted body as if it were complete. So upstream keeps the time
//! of a synchronous request, and natively that of a request without the cache.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use crate::flight::{InFlight, Phase};
use crate::raw::timer::{GRACE_MS, LATE, LONGEST_MS, Timer, set_timer};
use crate::request::{Extra, Flight, RequestParts, Slot, Slots};
use crate::{Outcome, Request, StartError};

/// The clock of a request. It stops when the request is over.
struct Deadline {
    /// 0 if upstream keeps the time.
    timeout_ms: u32,
    timer: Option<Rc<Cell<Option<Timer>>>>,
}

impl Deadline {
    const UNSTARTED: Self = Self { timeout_ms: 0, timer: None };
}

/// Ends the request when that many milliseconds have passed. A response that came in time may still
/// wait for this thread, like the timer: so a timer that is late waits once more.
fn set(timer: &Rc<Cell<Option<Timer>>>, flight: Weak<InFlight>, ms: u32, is_last: bool) {
    let due = Instant::now() + Duration::from_millis(ms.into());
    let clock = Rc::downgrade(timer);
    timer.set(Some(set_timer(ms, move || {
        let Some(request) = flight.upgrade() else { return };
        match clock.upgrade() {
            Some(timer) if !is_last && due.elapsed() >= LATE => set(&timer, flight, GRACE_MS, true),
            _ => request.cancel(Outcome::Timeout),
        }
    })));
}

impl Extra for Deadline {
    fn try_clone(&self) -> Option<Box<dyn Extra>> {
        Some(Box::new(Self::UNSTARTED))
    }

    fn check(&mut self, request: &mut RequestParts) {
        if cfg!(target_os = "emscripten") || request.operation.uses_cache() {
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
        let timer = self.timer.insert(Rc::default());
        set(timer, Rc::downgrade(flight), self.timeout_ms, false);
    }
}

impl Request {
    /// Ends the request with [`Outcome::Timeout`] if it is not over after this time, which covers
    /// the whole request, including cache lookup and storage. It is counted in milliseconds and
    /// rounded up. Without it, there is no limit but the browser's own. While the request
    /// [waits](crate::set_max_in_flight) to begin, no time passes.
    ///
    /// Where timers are late, as in a page that is hidden, the end is late as well. A response that
    /// came in time counts: a late end waits for it, about a second longer.
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

//! Ends a request that uses the cache when its time is over. Upstream's own timeout is for the
//! transfer alone.

use std::rc::Rc;

use crate::Outcome;
use crate::defer::schedule;
use crate::inflight::{self, Phase, State};

/// The most that a timer of JS can wait: with more, it does not wait at all.
pub(crate) const LONGEST: u32 = i32::MAX.unsigned_abs();

/// Starts the clock, which stops when the request is over.
pub(crate) fn set(state: &Rc<dyn State>, timeout_ms: u32) {
    if timeout_ms > LONGEST || state.core().phase.get() == Phase::Done {
        return;
    }
    let request = Rc::downgrade(state);
    let timer = schedule(timeout_ms, move || {
        if let Some(state) = request.upgrade() {
            inflight::abandon(&state, Outcome::Timeout);
        }
    });
    state.core().listen(|listeners| listeners.deadline = Some(timer));
}

//! What is done when a request has been started that has a timeout, a signal or chunks. Programs
//! without are not linked with it.

use std::rc::Rc;

use crate::inflight::{self, State};
use crate::{Outcome, deadline};

/// [`started`]
pub(crate) type Started = fn(&Rc<dyn State>, deadline_ms: u32);

/// `deadline_ms` is 0 where upstream's own timeout is enough.
pub(crate) fn started(state: &Rc<dyn State>, deadline_ms: u32) {
    if let Some(stream) = state.core().stream {
        state.core().started(stream);
        state.core().listen(|listeners| listeners.itself = Some(Rc::downgrade(state)));
    }
    if deadline_ms > 0 {
        deadline::set(state, deadline_ms);
    }
    if let Some(signal) = state.core().listen(|listeners| listeners.signal.clone()) {
        signal.follow(state);
        // Since the request was made.
        if signal.aborted() {
            inflight::abandon(state, Outcome::Aborted);
        }
    }
}

//! What is done around the start of a request that has a timeout or a signal. Programs without are not linked with it.

use std::rc::Rc;

use crate::inflight::{self, State};
use crate::progress::Listeners;
use crate::{Outcome, Request, StartError, deadline};

/// Before the start and after it.
#[derive(Clone, Copy)]
pub(crate) struct Around {
    pub(crate) check: fn(&mut Request) -> Result<(), StartError>,
    pub(crate) started: fn(&Rc<dyn State>, &Request),
}

pub(crate) static AROUND: Around = Around { check, started };

fn check(request: &mut Request) -> Result<(), StartError> {
    match &Listeners::of(&mut request.listeners).signal {
        Some(signal) if signal.aborted() => Err(StartError::Aborted),
        _ => Ok(()),
    }
}

fn started(state: &Rc<dyn State>, request: &Request) {
    // Without the cache, upstream's own timeout is for all of the request.
    if request.timeout_ms > 0 && request.uses_the_cache() {
        deadline::set(state, request.timeout_ms);
    }
    if let Some(signal) = state.core().listen(|listeners| listeners.signal.clone()) {
        signal.follow(state);
        // What runs inside the start may have aborted.
        if signal.aborted() {
            inflight::abandon(state, Outcome::Aborted);
        }
    }
}

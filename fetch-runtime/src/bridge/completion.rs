//! Completes requests: computes the outcome of a request from its struct.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::rc::Rc;

use crate::flight::{InFlight, Phase};
use crate::raw::snapshot::{Snapshot, final_url};
use crate::request::Operation;
use crate::sys::{DONE, Received, backend, emscripten_fetch_t};
use crate::{Body, CacheMode, CacheStatus, Headers, Outcome, Response, counters};

/// Makes the response, closes the struct, and calls the handler.
///
/// # Safety
/// `fetch` is live, in its terminal callback, and not used after.
pub(super) unsafe fn complete(
    fetch: NonNull<emscripten_fetch_t>,
    snapshot: Snapshot,
    flight: Rc<InFlight>,
    succeeded: bool,
) {
    // SAFETY: the caller's guarantee is the same.
    if unsafe { respond(fetch, snapshot, &flight, succeeded) } {
        flight.call_handler();
    } else {
        flight.call_handler_later();
    }
}

/// Makes the response and closes the struct. Bodies that are not delivered are freed. Returns
/// whether user code may run now: not inside `emscripten_fetch`, nor inside C code's close.
///
/// # Safety
/// As for [`complete`].
unsafe fn respond(
    fetch: NonNull<emscripten_fetch_t>,
    snapshot: Snapshot,
    flight: &InFlight,
    succeeded: bool,
) -> bool {
    let (phase, url) = flight.finish();
    let is_being_closed = snapshot.is_being_closed();
    let received = flight.take_received();
    // The source has no statuses: it is a file, or a scheme of the host's own.
    let without_status = received.is_some() && snapshot.status == 0;
    #[cfg_attr(not(feature = "integrity"), allow(unused_mut))]
    let (mut body, body_is_lost) = match received {
        None => (snapshot.body, snapshot.body_is_lost),
        Some(Received::Bytes(bytes)) => (Body::new(bytes), false),
        Some(Received::Lost) => (Body::EMPTY, true),
    };
    let completion = Completion {
        operation: flight.operation(),
        succeeded: succeeded || without_status,
        has_id: snapshot.id != 0,
        ready_state: snapshot.ready_state,
        status: snapshot.status,
        received_status: flight.received_status(),
        body_is_lost,
        forced_outcome: if is_being_closed {
            Some(Outcome::Aborted)
        } else {
            flight.forced_outcome()
        },
        timed_out: snapshot.timed_out,
        is_stored: phase == Phase::Storing && flight.was_stored(),
    };
    let (cache_status, outcome) = (completion.cache_status(), completion.outcome());
    // A request that was ended by force got no answer, whatever has arrived.
    let answered = completion.forced_outcome.is_none()
        && matches!(outcome, Outcome::Success | Outcome::HttpError | Outcome::OutOfMemory);
    #[cfg(feature = "integrity")]
    let outcome = flight.verify(outcome, &mut body);
    let mut response = Response::unanswered(url, outcome);
    #[cfg(not(target_os = "emscripten"))]
    if outcome == Outcome::NetworkError {
        // SAFETY: the caller guarantees a live fetch.
        response.cause = unsafe { backend::cause(fetch.as_ptr()) };
    }
    if answered {
        response.status = completion.received_status.unwrap_or(completion.status);
        response.status_text = snapshot.status_text;
        if let Some(text) = flight.status_text() {
            // A bodyless 200 has no text at readyState 4 yet; the "OK" that the store writes is
            // correct for it.
            let is_early = text.is_empty() && body.is_empty();
            if !is_early || completion.received_status != Some(snapshot.status) {
                response.status_text = text;
            }
        }
        response.body = body;
        if completion.has_id {
            // SAFETY: the caller guarantees a live fetch; it has a handle.
            response.headers = Some(Headers::from_raw(unsafe { backend::response_headers(fetch) }));
            // SAFETY: the caller guarantees a live fetch.
            response.final_url = unsafe { final_url(fetch, || response.url()) };
        }
    }
    response.cache_status = cache_status;
    if completion.forced_outcome.is_none() {
        // SAFETY: the caller guarantees a live fetch in its terminal callback.
        unsafe { flight.complete_by_cache(fetch, &mut response) };
    }
    flight.set_response(response);
    if is_being_closed {
        // C code's `emscripten_fetch_close` frees it when this returns.
        flight.count(|| counters::closed(false));
    } else {
        // SAFETY: the caller guarantees a live fetch in its terminal callback, and gives it up.
        unsafe { flight.close_struct(fetch) };
    }
    !is_being_closed && phase != Phase::Starting
}

/// The facts about a request in its terminal callback: those in its struct, and those that its
/// flight knows.
#[derive(Clone, Copy, Debug)]
struct Completion {
    operation: Operation,
    /// `onsuccess`, not `onerror`.
    succeeded: bool,
    has_id: bool,
    ready_state: u16,
    status: u16,
    /// The status that the server sent, remembered when the headers arrived.
    received_status: Option<u16>,
    /// `numBytes > 0`, but `data` is null.
    body_is_lost: bool,
    /// The outcome, if the request was to be ended: by `Fetch::abort`, by its deadline, by C code
    /// that closes it in flight, or because a chunk was not delivered.
    forced_outcome: Option<Outcome>,
    timed_out: bool,
    /// A transaction of the cache is complete.
    is_stored: bool,
}

impl Completion {
    fn outcome(&self) -> Outcome {
        if let Some(outcome) = self.forced_outcome {
            return outcome;
        }
        if self.succeeded {
            return if self.body_is_lost { Outcome::OutOfMemory } else { Outcome::Success };
        }
        let cache_answered = self.ready_state == DONE;
        match self.operation {
            Operation::Store | Operation::Delete if cache_answered => Outcome::CacheFailed,
            Operation::Store | Operation::Delete => Outcome::CacheUnavailable,
            Operation::Download(CacheMode::OnlyIfCached) if cache_answered => Outcome::CacheMiss,
            Operation::Download(CacheMode::OnlyIfCached) => Outcome::CacheUnavailable,
            // A status is real only if the headers have arrived. Without them it may be the 404 of
            // a cache miss.
            Operation::Download(_)
                if cache_answered && self.status != 0 && self.received_status.is_some() =>
            {
                match self.status {
                    _ if self.body_is_lost => Outcome::OutOfMemory,
                    // A stream without a body.
                    200..300 => Outcome::Success,
                    _ => Outcome::HttpError,
                }
            }
            Operation::Download(_) if self.timed_out => Outcome::Timeout,
            Operation::Download(_) => Outcome::NetworkError,
        }
    }

    fn cache_status(&self) -> CacheStatus {
        match self.operation {
            // If the abort came too late, the record is stored.
            Operation::Store if self.succeeded => CacheStatus::Stored,
            Operation::Store => CacheStatus::NotStored,
            Operation::Delete => CacheStatus::Bypass,
            Operation::Download(mode) if self.succeeded => match mode {
                // A record that was found after the abort is not delivered.
                _ if !self.has_id && self.forced_outcome.is_some() => CacheStatus::Bypass,
                _ if !self.has_id => CacheStatus::Hit,
                _ if !mode.stores() => CacheStatus::Bypass,
                _ if self.is_stored => CacheStatus::Stored,
                _ => CacheStatus::NotStored,
            },
            Operation::Download(_) => CacheStatus::Bypass,
        }
    }
}

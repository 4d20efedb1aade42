//! Refreshes: requests in the background that validate entries which were used although they are
//! stale.

use std::cell::{Cell, RefCell};
use std::mem;
use std::rc::Rc;
use std::time::Duration;

#[cfg(emscripten_threads)]
use crate::flight::{Begin, Call, InFlight};
use crate::raw::timer::set_timer;
use crate::request::RequestParts;
use crate::{CacheMode, Request};

thread_local! {
    /// The keys of the entries that are being refreshed.
    static REFRESHING: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A refresh ends when no byte has arrived for so long.
const IDLE: Duration = Duration::from_secs(60);

/// While it lives, its entry is being refreshed.
struct Refreshing(String);

impl Refreshing {
    /// `None` if the entry is being refreshed already.
    fn begin(key: &str) -> Option<Self> {
        REFRESHING.with_borrow_mut(|keys| {
            let is_new = !keys.iter().any(|other| other == key);
            is_new.then(|| {
                keys.push(key.to_owned());
                Self(key.to_owned())
            })
        })
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        // At the end of a thread there may be no list any more.
        let _ = REFRESHING.try_with(|keys| keys.borrow_mut().retain(|key| *key != self.0));
    }
}

/// The request that refreshes the entry of this one.
pub(super) fn request(of: &RequestParts) -> Request {
    let mut parts = of.clone();
    // The base of a relative URL and the namespace may have changed since.
    if let Some(absolute) = parts.absolute_url.take() {
        parts.url = absolute;
    }
    let key = parts.sent_key().unwrap_or(&parts.url).clone();
    parts.namespaced_key = Some(key);
    let timeout_ms = mem::take(&mut parts.timeout_ms);
    // Its other timeouts are gone. A server that never answers must not hold the entry for ever.
    let request = Request::from_parts(Box::new(parts)).cache(CacheMode::NoCache);
    let request = request.idle_timeout(IDLE);
    match timeout_ms {
        0 => request,
        ms => request.timeout(Duration::from_millis(ms.into())),
    }
}

/// Starts the request from the event loop, unless its entry is being refreshed already.
pub(super) fn start_later(request: Request) {
    // The entry stays as it is if the request cannot start, or fails.
    later(request, |request, refreshing| _ = request.send_fn(move |_| drop(refreshing)));
}

/// As [`start_later`], for a request of another thread. It is a guest, too, and has been checked.
#[cfg(emscripten_threads)]
pub(super) fn start_guest_later(request: Request, begin: Begin) {
    later(request, move |mut request, refreshing| {
        request.check();
        let flight = InFlight::new(request, Box::new(refreshing));
        flight.set_guest(begin);
        begin(flight);
    });
}

/// The end of a guest, of which no thread hears.
#[cfg(emscripten_threads)]
impl Call for Refreshing {
    fn call(self: Box<Self>, _: Rc<InFlight>) {}
}

fn later(request: Request, start: impl FnOnce(Request, Refreshing) + 'static) {
    let Some(key) = request.parts.sent_key() else { return };
    let Some(refreshing) = Refreshing::begin(key.as_str()) else { return };
    // A timer that is dropped before its time does not run.
    let timer = Rc::new(Cell::new(None));
    let own = Rc::clone(&timer);
    timer.set(Some(set_timer(0, move || {
        drop(own.take());
        start(request, refreshing);
    })));
}

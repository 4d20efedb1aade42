//! A page in the background: it is frozen, and comes back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use fetch_runtime::{CacheMode, Outcome, Request};
use fetch_shared::scenario::Test;

use super::{leaves_nothing, wait_until};
use crate::driver::Run;
use crate::js;
use crate::options::streams;

/// Milliseconds.
const FROZEN: u32 = 2500;

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![what_came_is_there, what_is_late_is_late, an_abort_in_a_lookup]
}

/// Freezes the page, and measures by a timer that it is frozen.
fn freeze(t: &Test) {
    js::run(&format!(
        "globalThis.gap = 0;
        let last = performance.now();
        const timer = setInterval(() => {{
            const now = performance.now();
            globalThis.gap = Math.max(gap, now - last);
            last = now;
            if (gap > {FROZEN} / 2) clearInterval(timer);
        }}, 10);
        fetchRunner.freeze({FROZEN});"
    ));
    js::run(&format!("globalThis.frozenFor = {FROZEN}"));
    wait_until(t, "gap > frozenFor / 2");
}

/// Each kind of request.
fn requests(t: &Test, path: &str, timeout: Duration) -> Vec<Request> {
    let get = || Request::get(t.url(path)).timeout(timeout);
    let mut all = vec![get(), get().cache(CacheMode::Reload)];
    if streams() {
        all.push(get().on_chunk(|_| ()));
    }
    all
}

/// The whole response arrives while the page is frozen, long before the time is over.
fn what_came_is_there(t: &Test) {
    leaves_nothing(t, |t| {
        for request in requests(t, "/slow/700", Duration::from_secs(60)) {
            t.send(request, |_, response| {
                assert_eq!(response.outcome(), Outcome::Success, "{response:?}");
            });
        }
        freeze(t);
    });
}

/// The time is over while the page is frozen, and the server has not answered.
fn what_is_late_is_late(t: &Test) {
    leaves_nothing(t, |t| {
        let begin = Instant::now();
        for request in requests(t, "/slow/60000", Duration::from_millis(1000)) {
            t.send(request, move |_, response| {
                assert_eq!(response.outcome(), Outcome::Timeout, "{response:?}");
                assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
            });
        }
        freeze(t);
    });
}

/// The abort waits for the lookup, which answers a page that is frozen.
fn an_abort_in_a_lookup(t: &Test) {
    leaves_nothing(t, |t| {
        let count = Rc::new(Cell::new(0));
        let fetches = Rc::new(RefCell::new(Vec::new()));
        for i in 0..5 {
            let count = Rc::clone(&count);
            let url = t.url(&format!("/slow/60000?frozen={i}"));
            let request = Request::get(url).cache(CacheMode::ForceCache);
            let fetch = t.send(request, move |_, response| {
                assert_eq!(response.outcome(), Outcome::Aborted, "{response:?}");
                count.set(count.get() + 1);
            });
            fetch.abort();
            fetches.borrow_mut().push(fetch);
        }
        freeze(t);
        t.then(move |_| {
            assert_eq!(count.get(), 5);
            drop(fetches);
        });
    });
}

//! Aborts at moments that a page can choose, and one whose end is long in coming.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{CacheMode, Fetch, Outcome, Request};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;

use super::{in_the_store, leaves_nothing, prepare, wait_until};
use crate::driver::{self, Run};
use crate::js;

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![
        before_a_network_error,
        before_a_network_error_after_a_miss,
        before_a_network_error_in_the_body,
        before_a_timeout,
        before_a_timeout_after_a_miss,
        before_the_end,
        before_the_end_after_a_miss,
        before_an_error_page_after_a_miss,
        late_events_of_a_closed_request,
        a_lookup_that_takes_long
    ]
}

thread_local! {
    static ACTION: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// `real.js` calls it.
extern "C-unwind" fn moment_has_come() {
    let action = ACTION.take();
    driver::contain(|| action.expect("it is to be done once")());
}

/// Aborts in a microtask between readyState 4 and the event that follows, and starts other requests
/// in the same microtask: Emscripten gives them the handle of the aborted one at once, and malloc
/// its struct.
fn abort_before_the_end(
    t: &Test,
    make: impl Fn(&Test) -> Request + 'static,
    outcomes: &'static [Outcome],
) {
    leaves_nothing(t, move |t| {
        prepare();
        js::run(&format!("real.beforeTheEnd({})", moment_has_come as *const () as usize));
        let fetch: Rc<RefCell<Option<Fetch>>> = Rc::default();
        let to_abort = Rc::clone(&fetch);
        let test = t.clone();
        let come = t.expect();
        ACTION.set(Some(Box::new(move || {
            come();
            to_abort.take().expect("it has started").abort();
            for len in [2001, 2002] {
                test.send(Request::get(test.url(&format!("/bytes/{len}"))), move |_, response| {
                    assert!(response.is_success(), "another request: {response:?}");
                    assert!(
                        response.body().len() == len && is_pattern(response.body(), 0),
                        "{response:?}"
                    );
                });
            }
        })));
        let started = t.send(make(t), move |_, response| {
            assert!(outcomes.contains(&response.outcome()), "{response:?}");
            assert!(response.body().is_empty());
        });
        fetch.replace(Some(started));
    });
}

const ABORTED_OR_BROKEN: &[Outcome] = &[Outcome::Aborted, Outcome::NetworkError];
const ABORTED_OR_LATE: &[Outcome] = &[Outcome::Aborted, Outcome::Timeout];

/// A port that no page may ask.
fn refused() -> Request {
    Request::get("http://127.0.0.1:1/")
}

fn before_a_network_error(t: &Test) {
    abort_before_the_end(t, |_| refused(), ABORTED_OR_BROKEN);
}

fn before_a_network_error_after_a_miss(t: &Test) {
    abort_before_the_end(t, |_| refused().cache(CacheMode::ForceCache), ABORTED_OR_BROKEN);
}

fn before_a_network_error_in_the_body(t: &Test) {
    abort_before_the_end(
        t,
        |t| Request::get(t.url("/reset/1000")).cache(CacheMode::ForceCache),
        ABORTED_OR_BROKEN,
    );
}

fn slow(t: &Test) -> Request {
    Request::get(t.url("/slow/3000")).timeout(Duration::from_millis(100))
}

fn before_a_timeout(t: &Test) {
    abort_before_the_end(t, slow, ABORTED_OR_LATE);
}

fn before_a_timeout_after_a_miss(t: &Test) {
    abort_before_the_end(t, |t| slow(t).cache(CacheMode::ForceCache), ABORTED_OR_LATE);
}

fn before_the_end(t: &Test) {
    abort_before_the_end(t, |t| Request::get(t.url("/bytes/2000")), &[Outcome::Aborted]);
}

/// It is stored all the same, so each time under another key.
fn before_the_end_after_a_miss(t: &Test) {
    let round = std::cell::Cell::new(0);
    abort_before_the_end(
        t,
        move |t| {
            round.set(round.get() + 1);
            let request = Request::get(t.url("/bytes/2000")).cache(CacheMode::ForceCache);
            request.cache_key(format!("before-the-end/{}", round.get()))
        },
        &[Outcome::Aborted],
    );
}

fn before_an_error_page_after_a_miss(t: &Test) {
    abort_before_the_end(
        t,
        |t| Request::get(t.url("/status/404")).cache(CacheMode::ForceCache),
        &[Outcome::Aborted],
    );
}

/// Browsers may fire events of an aborted request late: WebKit does so under load. By then another
/// request has its handle, and malloc has given out its struct again.
fn late_events_of_a_closed_request(t: &Test) {
    leaves_nothing(t, |t| {
        js::run(
            "{ const { prototype } = XMLHttpRequest, { open } = prototype;
               prototype.open = function (...how) {
                   globalThis.closedXhr = this;
                   prototype.open = open;
                   return open.apply(this, how)
               } }",
        );
        let fetch = t.send(Request::get(t.url("/slow/20000")), |_, response| {
            assert_eq!(response.outcome(), Outcome::Aborted);
        });
        fetch.abort();
        for len in [2004, 2005] {
            t.send(Request::get(t.url(&format!("/bytes/{len}"))), move |_, response| {
                assert!(response.is_success(), "another request: {response:?}");
                assert!(response.body().len() == len && is_pattern(response.body(), 0));
            });
        }
        js::run(
            "for (const type of ['readystatechange', 'progress', 'load', 'error', 'timeout'])
                 closedXhr.dispatchEvent(new Event(type));
             delete globalThis.closedXhr",
        );
    });
}

/// Other programs of the origin keep the object store busy: nothing can be closed before the lookup
/// has answered, and meanwhile the page is left alone.
fn a_lookup_that_takes_long(t: &Test) {
    prepare();
    t.then(|t| in_the_store(t, "delete('busy')")); // there is a connection
    t.then(|t| {
        js::run("real.occupied = false; real.occupy(4000)");
        wait_until(t, "real.occupied");
    });
    t.then(|t| {
        js::run("real.countTimers()");
        let request = Request::get(t.url("/bytes/2003")).cache(CacheMode::OnlyIfCached);
        let fetch = t.send(request, |_, response| assert_eq!(response.outcome(), Outcome::Aborted));
        fetch.abort();
        // Not `then`: the handler is called when the lookup has answered.
    });
    t.then(|_| {
        js::run("real.restore()");
        let (count, delays) =
            (js::evaluate("real.timers.length"), js::evaluate("real.timers.join()"));
        println!("    {count} timers in 4 s: {}", delays.get(..80).unwrap_or(&delays));
        assert!(count.parse::<usize>().expect("a number") <= 40, "{count} timers in 4 s");
        let grows = js::evaluate(
            "real.timers.length < 3 || real.timers.at(-1) >= 4 * Math.max(1, real.timers[1])",
        );
        assert_eq!(
            grows,
            "true",
            "delays that do not grow: {}",
            delays.get(..80).unwrap_or(&delays)
        );
    });
    t.then(|t| wait_until(t, "!real.occupied"));
}

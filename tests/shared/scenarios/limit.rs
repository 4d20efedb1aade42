//! The limit of requests at a time, and the idle timeout.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, Outcome, Request, StartError, set_max_in_flight, stats,
};

use crate::scenario::Test;

scenarios! { $ for_each_limit_scenario:
    first_in_first_out
    an_abort_in_the_queue
    thousands_at_once
    thousands_that_are_awaited
    the_wait_is_not_part_of_a_timeout
    idle_timeouts
    idle_timeouts_of_the_cache
}

/// The limit of a program that sets none.
const DEFAULT: usize = 256;

const SECOND: Duration = Duration::from_secs(1);

/// Requests that wait begin in the order of their starts. A handler's request is the last.
fn first_in_first_out(t: &Test) {
    set_max_in_flight(1);
    let order = Rc::new(RefCell::new(Vec::new()));
    for (number, path) in ["/slow/300", "/bytes/1", "/bytes/2"].into_iter().enumerate() {
        let order = Rc::clone(&order);
        t.send(Request::get(t.url(path)), move |t, response| {
            assert!(response.is_success(), "{response:?}");
            order.borrow_mut().push(number);
            if number == 0 {
                assert_eq!((stats().live, stats().waiting), (1, 1));
                let order = Rc::clone(&order);
                t.send(Request::get(t.url("/bytes/3")), move |_, _| order.borrow_mut().push(3));
            }
        });
    }
    assert_eq!((stats().live, stats().waiting), (1, 2));
    t.then(move |_| {
        set_max_in_flight(DEFAULT);
        assert_eq!(*order.borrow(), [0, 1, 2, 3]);
        assert_eq!((stats().live, stats().waiting), (0, 0));
    });
}

/// A request that is aborted while it waits is never sent.
fn an_abort_in_the_queue(t: &Test) {
    set_max_in_flight(1);
    let controller = AbortController::new();
    t.send(Request::get(t.url("/slow/300")), |_, response| assert!(response.is_success()));
    let (before, calls) = (stats(), Rc::new(Cell::new(0)));
    for mode in [CacheMode::NoStore, CacheMode::ForceCache] {
        let calls = Rc::clone(&calls);
        let request = Request::get(t.url("/slow/20000")).cache(mode).signal(&controller);
        t.send(request, move |_, response| {
            assert_eq!((response.outcome(), response.status()), (Outcome::Aborted, 0));
            calls.set(calls.get() + 1);
        });
    }
    let error = Request::get("http://exa mple/").send_fn(|_| ()).map(drop).unwrap_err();
    assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    controller.abort();
    assert_eq!((calls.get(), stats().waiting), (0, 0));
    t.then(move |_| {
        set_max_in_flight(DEFAULT);
        assert_eq!((calls.get(), stats().closed - before.closed, stats().live), (2, 1, 0));
    });
}

/// 3,000 requests at once are all answered. Without a limit, Chromium refuses some.
fn thousands_at_once(t: &Test) {
    const ALL: u64 = 3_000;
    let (before, answered) = (stats(), Rc::new(Cell::new(0)));
    for _ in 0..ALL {
        let answered = Rc::clone(&answered);
        t.send(Request::get(t.url("/bytes/10")), move |_, response| {
            assert_eq!(response.body().len(), 10, "{response:?}");
            answered.set(answered.get() + 1);
        });
    }
    let most = DEFAULT as u64;
    assert_eq!((stats().live, stats().waiting), (most, ALL - most));
    t.then(move |_| {
        assert_eq!((answered.get(), stats().completed - before.completed), (ALL, ALL));
        assert_eq!((stats().live, stats().waiting), (0, 0));
    });
}

/// The same with tasks. Each second one is aborted while its request is in flight or waits.
fn thousands_that_are_awaited(t: &Test) {
    const ALL: usize = 3_000;
    let answered = Rc::new(Cell::new(0));
    let mut dropped = Vec::new();
    for number in 0..ALL {
        let request = Request::get(t.url("/bytes/10"));
        let answered = Rc::clone(&answered);
        let task = async move {
            assert!(request.await.unwrap().is_success());
            answered.set(answered.get() + 1);
        };
        if number % 2 == 0 {
            t.spawn(task);
        } else {
            dropped.push(fetch_runtime::spawn_local(task));
        }
    }
    t.send(Request::get(t.url("/slow/1")), move |_, _| {
        dropped.iter().for_each(fetch_runtime::AbortHandle::abort);
    })
    .abort();
    t.then(move |_| {
        assert!((ALL / 2..=ALL).contains(&answered.get()), "{}", answered.get());
        assert_eq!((stats().live, stats().waiting), (0, 0));
    });
}

/// The clock of a request begins when the request begins.
fn the_wait_is_not_part_of_a_timeout(t: &Test) {
    set_max_in_flight(1);
    t.send(Request::get(t.url("/slow/4000")), |_, response| assert!(response.is_success()));
    for mode in [CacheMode::NoStore, CacheMode::Reload] {
        let request = Request::get(t.url("/bytes/5")).cache(mode).timeout(3 * SECOND);
        t.send(request.idle_timeout(3 * SECOND), |_, response| {
            assert!(response.is_success(), "{response:?}");
        });
    }
    t.then(|_| set_max_in_flight(DEFAULT));
}

/// The headers and each part of the body begin the time anew.
fn idle_timeouts(t: &Test) {
    for (request, outcome) in [
        // Five seconds in all. On a busy machine a part may come two seconds late.
        (Request::get(t.url("/drip/20/250")).idle_timeout(3 * SECOND), Outcome::Success),
        (Request::get(t.url("/slow/20000")).idle_timeout(SECOND / 2), Outcome::Timeout),
        (Request::get(t.url("/drip/2/20000")).idle_timeout(SECOND / 2), Outcome::Timeout),
        (Request::post(t.url("/slow/20000")).body("x").idle_timeout(SECOND / 2), Outcome::Timeout),
        // The other limit comes first.
        (
            Request::get(t.url("/drip/100/100")).timeout(SECOND / 2).idle_timeout(20 * SECOND),
            Outcome::Timeout,
        ),
        (Request::get(t.url("/slow/20000")).timeout(SECOND / 2), Outcome::Timeout),
        (Request::get("http://127.0.0.1:1/").idle_timeout(20 * SECOND), Outcome::NetworkError),
    ] {
        t.send(request, move |_, response| assert_eq!(response.outcome(), outcome));
    }
    let error = Request::get(t.url("/empty")).idle_timeout(Duration::ZERO).send_fn(|_| ());
    assert_eq!(
        error.map(drop).unwrap_err(),
        StartError::InvalidTimeout { timeout: Duration::ZERO }
    );
    let long = Duration::from_millis(u32::MAX.into());
    t.send(Request::get(t.url("/bytes/1")).idle_timeout(long), |_, response| {
        assert!(response.is_success());
    });
}

/// A request that uses the cache has one as well.
fn idle_timeouts_of_the_cache(t: &Test) {
    for mode in [CacheMode::Reload, CacheMode::ForceCache] {
        let request = Request::get(t.url("/drip/2/20000")).cache(mode).idle_timeout(SECOND / 2);
        t.send(request, |_, response| assert_eq!(response.outcome(), Outcome::Timeout));
        let request = Request::get(t.url("/drip/4/1000")).cache(mode).idle_timeout(3 * SECOND);
        t.send(request, |_, response| assert!(response.is_success(), "{response:?}"));
    }
}

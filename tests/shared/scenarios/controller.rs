//! Many requests that are aborted at once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fetch_runtime::{AbortController, CacheMode, Outcome, Request, StartError, stats};

use crate::engine::Difference;
use crate::scenario::{Drops, Test};

scenarios! { $ for_each_controller_scenario:
    many_at_once
    before_the_start
    inside_a_handler_of_its_own
}

/// The signal aborts its requests at every stage, and no others.
fn many_at_once(t: &Test) {
    let controller = AbortController::new();
    let stored = match Difference::NoCache.is_here() {
        true => Outcome::CacheUnavailable,
        false => Outcome::Aborted,
    };
    let requests = [
        (Request::get(t.url("/slow/20000")), Outcome::Aborted),
        (Request::get(t.url("/slow/20000")).cache(CacheMode::ForceCache), Outcome::Aborted),
        (Request::get(t.url("/drip/100/100")), Outcome::Aborted),
        (Request::idb_store("controller").body("x"), stored),
    ];
    for (request, outcome) in requests {
        let called = t.expect();
        let handler = move |response: fetch_runtime::Response| {
            called();
            assert_eq!(response.outcome(), outcome);
        };
        drop(request.signal(&controller.signal()).send_fn(handler).unwrap());
    }
    t.send(Request::get(t.url("/slow/100")), move |_, response| {
        assert!(response.is_success(), "it has no signal");
    });
    controller.abort();
    controller.abort();
    assert!(controller.signal().aborted());
}

/// A request whose signal has been aborted does not start.
fn before_the_start(t: &Test) {
    let controller = AbortController::new();
    let signal = controller.signal();
    controller.abort();
    let before = stats();
    let drops = Drops::default();
    let guard = drops.guard();
    let request = Request::get(t.url("/empty")).signal(&signal);
    let error = request.send_fn(move |_| drop(guard)).map(drop).unwrap_err();
    assert_eq!(error, StartError::Aborted);
    assert_eq!((drops.count(), stats()), (1, before));
}

/// An abort inside a handler aborts the other requests. Their handlers run later.
fn inside_a_handler_of_its_own(t: &Test) {
    let controller = Rc::new(AbortController::new());
    let inside = Rc::new(Cell::new(false));
    let outcomes = Rc::new(RefCell::new(Vec::new()));
    for path in ["/empty", "/slow/20000", "/slow/20000"] {
        let called = t.expect();
        let (own, inside, outcomes) =
            (Rc::clone(&controller), Rc::clone(&inside), Rc::clone(&outcomes));
        let handler = move |response: fetch_runtime::Response| {
            called();
            assert!(!inside.get(), "not inside abort");
            outcomes.borrow_mut().push(response.outcome());
            inside.set(true);
            own.abort();
            inside.set(false);
        };
        drop(Request::get(t.url(path)).signal(&controller.signal()).send_fn(handler).unwrap());
    }
    t.then(move |_| {
        assert_eq!(*outcomes.borrow(), [Outcome::Success, Outcome::Aborted, Outcome::Aborted]);
        assert_eq!(stats().live, 0);
    });
}

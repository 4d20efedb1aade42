//! The lifecycle of a request: when its handler runs, and when its values are dropped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    CacheMode, Error, Fetch, Outcome, Progress, Request, Response, StartError, fetch,
    fetch_handler, set_max_in_flight, stats,
};

use crate::engine::Difference;
use crate::scenario::{Dropped, Drops, Test};

scenarios! { $ for_each_lifecycle_scenario:
    never_before_start_returns
    abort_in_flight
    abort_in_progress
    abort_while_the_cache_is_asked
    abort_another
    abort_after_the_end
    dropped_handle_runs_on
    contexts_are_dropped_once
    request_bodies_are_dropped_once
    handlers_start_the_next
    a_thousand_at_once
    handlers_have_progress
}

#[track_caller]
fn assert_aborted(response: &Response) {
    assert_eq!(response.outcome(), Outcome::Aborted);
    assert_eq!((response.status(), response.status_text()), (0, ""));
    assert!(response.body().is_empty() && response.headers().is_none());
}

/// The handler waits, even if the result is known at once.
fn never_before_start_returns(t: &Test) {
    let started = Rc::new(Cell::new(false));
    for (request, needs_cache) in [
        (Request::get(t.url("/empty")), false),
        (Request::get("http://127.0.0.1:1/"), false),
        (Request::get(t.url("/bytes/20")).cache(CacheMode::OnlyIfCached), true),
        (Request::idb_store("early").body("x"), true),
        (Request::idb_delete("early"), true),
    ] {
        started.set(false);
        let seen = Rc::clone(&started);
        let fetch = t.send(request, move |_, _| assert!(seen.get()));
        assert_eq!(fetch.is_finished(), needs_cache && Difference::NoCache.is_here());
        started.set(true);
    }
    started.set(true);
}

/// Aborts before the headers, and in the body.
fn abort_in_flight(t: &Test) {
    t.send(Request::get(t.url("/slow/20000")), |_, response| assert_aborted(&response)).abort();

    let in_body: Rc<RefCell<Option<Fetch>>> = Rc::default();
    let request = Request::get(t.url("/drip/100/100"));
    *in_body.borrow_mut() = Some(t.send(request, |_, response| assert_aborted(&response)));
    t.send(Request::get(t.url("/slow/400")), move |_, _| {
        let fetch = in_body.take().expect("it was started");
        assert!(!fetch.is_finished());
        fetch.abort();
        fetch.abort();
        assert!(fetch.is_finished());
    });
}

/// Aborts a request inside its own callback.
fn abort_in_progress(t: &Test) {
    let fetch: Rc<RefCell<Option<Fetch>>> = Rc::default();
    let own = Rc::clone(&fetch);
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let request = Request::get(t.url("/drip/100/60")).on_progress(move |_| {
        counted.set(counted.get() + 1);
        let own = own.borrow();
        let fetch = own.as_ref().expect("it was started");
        fetch.abort();
        assert!(!fetch.is_finished(), "C is still in its callback, and goes on with the struct");
    });
    *fetch.borrow_mut() = Some(t.send(request, move |_, response| {
        assert_aborted(&response);
        assert_eq!(calls.get(), 1);
    }));
}

/// Aborts during the lookup: there is no handle yet, and no safe moment to close.
fn abort_while_the_cache_is_asked(t: &Test) {
    let request = || Request::get(t.url("/slow/20000"));
    t.send(request().cache(CacheMode::OnlyIfCached), |_, response| assert_aborted(&response))
        .abort();
    t.send(request().cache(CacheMode::ForceCache), |_, response| assert_aborted(&response)).abort();
    t.send(Request::idb_store("aborted").body("x"), |_, response| assert_aborted(&response))
        .abort();
}

/// Aborts another request inside a handler.
fn abort_another(t: &Test) {
    let other = t.send(Request::get(t.url("/slow/20000")), |_, response| assert_aborted(&response));
    t.send(Request::get(t.url("/empty")), move |_, response| {
        assert!(response.is_success());
        other.abort();
        assert!(other.is_finished());
    });
}

/// An abort after the end does nothing.
fn abort_after_the_end(t: &Test) {
    let fetch = t.send(Request::get(t.url("/empty")), |_, response| assert!(response.is_success()));
    t.then(move |_| {
        assert!(fetch.is_finished());
        let before = stats();
        fetch.abort();
        assert_eq!(stats(), before);
    });
}

/// The program does not have to keep the handle.
fn dropped_handle_runs_on(t: &Test) {
    drop(t.send(Request::get(t.url("/slow/50")), |_, response| assert!(response.is_success())));
}

#[fetch_handler]
fn guarded(result: Result<Response, Error>, (called, guard): (Box<dyn FnOnce()>, Dropped)) {
    called();
    drop(result);
    drop(guard);
}

/// The context and the closure of the progress are dropped once, on every path.
fn contexts_are_dropped_once(t: &Test) {
    let contexts = Drops::default();
    let closures = Drops::default();
    let requests = [
        Request::get(t.url("/bytes/30")),
        Request::get(t.url("/status/404")),
        Request::get("http://127.0.0.1:1/"),
        Request::get(t.url("/slow/9999")).timeout(Duration::from_millis(50)),
        Request::get(t.url("/bytes/30")).cache(CacheMode::OnlyIfCached),
        Request::get(t.url("/bytes/30")).cache(CacheMode::ForceCache),
    ];
    let count = requests.len();
    for request in requests {
        let guard = closures.guard();
        let request = request.on_progress(move |_| {
            let _keep = &guard;
        });
        request.send_with::<guarded>((Box::new(t.expect()), contexts.guard())).unwrap();
    }
    let guard = closures.guard();
    let aborted = Request::get(t.url("/slow/9999")).on_progress(move |_| {
        let _keep = &guard;
    });
    let aborted = aborted.send_with::<guarded>((Box::new(t.expect()), contexts.guard())).unwrap();
    aborted.abort();
    // The handle outlives the request: nothing waits for it.
    t.then(move |_| {
        assert_eq!((contexts.count(), closures.count()), (count + 1, count + 1));
        assert!(aborted.is_finished());
    });

    let never_started = Drops::default();
    let context: (Box<dyn FnOnce()>, _) = (Box::new(|| unreachable!()), never_started.guard());
    let error: Result<_, StartError> = fetch!(GET String::new(), context: context => guarded);
    assert!(error.is_err());
    assert_eq!(never_started.count(), 1);
}

/// A request's body lives until the end, because C reads it until then.
fn request_bodies_are_dropped_once(t: &Test) {
    for path in ["/echo", "/status/500"] {
        t.send(Request::post(t.url(path)).body(vec![9; 100_000]), |_, _| {});
    }
    t.send(Request::post("http://127.0.0.1:1/").body(vec![9; 100_000]), |_, _| {});
    t.send(Request::post(t.url("/slow/9999")).body(vec![9; 100_000]), |_, _| {}).abort();
    t.send(Request::idb_store("body").body(vec![9; 100_000]), |_, _| {});
}

/// A chain of a thousand requests, each started by the handler before it.
fn handlers_start_the_next(t: &Test) {
    fn next(t: &Test, left: usize) {
        if left > 0 {
            t.send(Request::get(t.url("/empty")), move |t, response| {
                assert!(response.is_success());
                next(t, left - 1);
            });
        }
    }
    let before = stats();
    next(t, 1000);
    t.then(move |_| assert_eq!(stats().completed - before.completed, 1000));
}

/// A thousand requests are in flight at once, if the program allows that.
fn a_thousand_at_once(t: &Test) {
    set_max_in_flight(1000);
    let done = Rc::new(Cell::new(0));
    for length in 0..1000 {
        let done = Rc::clone(&done);
        t.send(Request::get(t.url(&format!("/bytes/{length}"))), move |_, response| {
            assert!(response.is_success(), "{response:?}");
            assert_eq!(response.body().len(), length);
            done.set(done.get() + 1);
        });
    }
    assert!(stats().live >= 1000);
    t.then(move |_| {
        assert_eq!(done.get(), 1000);
        assert_eq!(stats().live, 0);
        set_max_in_flight(256);
    });
}

thread_local! {
    static PROGRESS: RefCell<Vec<Progress>> = const { RefCell::new(Vec::new()) };
}

fn note(progress: Progress) {
    PROGRESS.with_borrow_mut(|all| all.push(progress));
}

#[fetch_handler(on_progress = self::note)]
fn noted(_: Response, called: Box<dyn FnOnce()>) {
    called();
}

/// A handler's progress function is called for each request, but not for one that has its own.
fn handlers_have_progress(t: &Test) {
    PROGRESS.take();
    let url = t.url("/drip/5/60");
    fetch!(GET &url, context: Box::new(t.expect()) => noted).unwrap();
    t.then(move |t| {
        assert_eq!(PROGRESS.take().last(), Some(&Progress { loaded: 5000, total: Some(5000) }));
        let own = Rc::new(Cell::new(0));
        let count = Rc::clone(&own);
        let on_progress = move |progress: Progress| count.set(progress.loaded);
        let called = Box::new(t.expect());
        fetch!(GET &url, on_progress: on_progress, context: called => noted).unwrap();
        t.then(move |_| {
            assert_eq!((own.get(), PROGRESS.take()), (5000, Vec::new()));
        });
    });
}

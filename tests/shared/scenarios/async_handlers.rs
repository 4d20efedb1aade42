//! Handlers that are an `async fn`.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::sys;
use fetch_runtime::{
    Error, Fetch, Handler, Outcome, Progress, Request, Response, StartError, fetch, fetch_handler,
    sleep, spawn_local, stats,
};

use crate::c_fetch;
use crate::scenario::{Dropped, Drops, Test};

scenarios! { $ for_each_async_handlers_scenario:
    the_first_part_runs_in_the_call
    requests_follow_each_other
    contexts_are_dropped_once
    a_dropped_request_is_aborted
    handlers_have_progress
    c_code_uses_the_trampolines
    a_handler_is_a_function_too
}

type Called = Box<dyn FnOnce()>;
type Log = Rc<RefCell<Vec<&'static str>>>;

#[fetch_handler]
async fn in_two_parts(response: Response, (called, log): (Called, Log)) {
    log.borrow_mut().push("first");
    assert_eq!(response.body().len(), 5);
    sleep(Duration::from_millis(1)).await;
    log.borrow_mut().push("second");
    called();
}

/// As far as the first `await`, an async handler is like any other.
fn the_first_part_runs_in_the_call(t: &Test) {
    let log = Log::default();
    let (called, written) = (t.expect(), Rc::clone(&log));
    t.send(Request::get(t.url("/bytes/5")), move |_, response| {
        // A library's trampoline calls this, last.
        in_two_parts::handle(response, (Box::new(called), Rc::clone(&written)));
        written.borrow_mut().push("returned");
    });
    t.then(move |_| assert_eq!(*log.borrow(), ["first", "returned", "second"]));
}

#[fetch_handler]
async fn chain(
    result: Result<Response, Error>,
    (test, called): (Test, Called),
) -> Result<(), Box<dyn std::error::Error>> {
    let before = stats();
    assert_eq!(before.live, 0, "the request is over, and nothing of it is left");
    let first = result?.body().len();
    let second = fetch!(GET test.url("/bytes/21")).await?.into_result()?.body().len();
    let missing = fetch!(GET test.url("/status/404")).await?;
    assert_eq!((first, second, missing.status()), (20, 21, 404));
    assert_eq!(stats().completed, before.completed + 2);
    called();
    Ok(())
}

/// A handler awaits further requests.
fn requests_follow_each_other(t: &Test) {
    let context: (_, Called) = (t.clone(), Box::new(t.expect()));
    fetch!(GET t.url("/bytes/20"), context: context => chain).unwrap();
}

#[fetch_handler]
async fn guarded(_: Result<Response, Error>, (called, guard): (Called, Dropped)) {
    sleep(Duration::from_millis(1)).await;
    called();
    drop(guard);
}

/// A context is dropped once, on every path: at the end of the handler.
fn contexts_are_dropped_once(t: &Test) {
    let contexts = Drops::default();
    let start = |request: Request| -> Result<Fetch, StartError> {
        request.send_with::<guarded>((Box::new(t.expect()), contexts.guard()))
    };
    for request in [
        Request::get(t.url("/bytes/30")),
        Request::get(t.url("/status/404")),
        Request::get("http://127.0.0.1:1/"),
        Request::get(t.url("/slow/9999")).timeout(Duration::from_millis(50)),
    ] {
        start(request).unwrap();
    }
    start(Request::get(t.url("/slow/9999"))).unwrap().abort();
    assert_eq!(contexts.count(), 0);
    let dropped = contexts.clone();
    t.then(move |_| assert_eq!(dropped.count(), 5));

    let never_started = Drops::default();
    let context: (Called, _) = (Box::new(|| unreachable!()), never_started.guard());
    let error = Request::get("").send_with::<guarded>(context).map(drop);
    assert!(error.is_err());
    assert_eq!(never_started.count(), 1);
}

#[fetch_handler]
async fn races(_: Response, (test, called): (Test, Called)) {
    let slow = fetch!(GET test.url("/slow/20000")).into_future();
    let late = fetch_runtime::timeout(Duration::from_millis(5), slow).await;
    assert!(late.is_err());
    assert_eq!(stats().live, 0, "the request was aborted");
    called();
}

/// A request that a handler no longer awaits is aborted.
fn a_dropped_request_is_aborted(t: &Test) {
    let context: (_, Called) = (t.clone(), Box::new(t.expect()));
    fetch!(GET t.url("/bytes/1"), context: context => races).unwrap();
}

thread_local! {
    static PROGRESS: Cell<Option<Progress>> = const { Cell::new(None) };
    static CALLED: Cell<Option<Called>> = const { Cell::new(None) };
    static SEEN: RefCell<Vec<(Outcome, u16, usize)>> = const { RefCell::new(Vec::new()) };
}

fn note(progress: Progress) {
    PROGRESS.set(Some(progress));
}

#[fetch_handler(on_progress = note, export = "fetch_tests_async")]
async fn seen(response: Response) {
    let called = CALLED.take().expect("one call for one start");
    sleep(Duration::from_millis(1)).await;
    let seen = (response.outcome(), response.status(), response.body().len());
    SEEN.with_borrow_mut(|all| all.push(seen));
    called();
}

/// The attribute's `on_progress` holds for an async handler as well.
fn handlers_have_progress(t: &Test) {
    PROGRESS.take();
    SEEN.take();
    CALLED.set(Some(Box::new(t.expect())));
    fetch!(GET t.url("/drip/5/60") => seen).unwrap();
    t.then(|_| {
        assert_eq!(SEEN.take(), [(Outcome::Success, 200, 5000)]);
        assert_eq!(PROGRESS.take(), Some(Progress { loaded: 5000, total: Some(5000) }));
    });
}

// As C code would declare them.
unsafe extern "C" {
    fn fetch_tests_async_onsuccess(fetch: *mut sys::emscripten_fetch_t);
    fn fetch_tests_async_onerror(fetch: *mut sys::emscripten_fetch_t);
}

/// The trampolines and the symbols serve fetches that C code starts.
fn c_code_uses_the_trampolines(t: &Test) {
    SEEN.take();
    let symbols = [fetch_tests_async_onsuccess, fetch_tests_async_onerror];
    for callbacks in [[seen::onsuccess, seen::onerror], symbols] {
        for (path, expected) in [
            ("/bytes/40", (Outcome::Success, 200, 40)),
            ("/status/404", (Outcome::HttpError, 404, 10)),
        ] {
            t.then(move |t| {
                CALLED.set(Some(Box::new(t.expect())));
                let url = CString::new(t.url(path)).expect("a URL has no NUL");
                let [onsuccess, onerror] = callbacks;
                let callbacks = [Some(onsuccess), Some(onerror), None];
                let attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY;
                // SAFETY: they are the trampolines of one handler without a context, so userData
                // may be null.
                unsafe { c_fetch::start(&url, attributes, 0, callbacks) };
                t.then_first(move |_| assert_eq!(SEEN.take(), [expected]));
            });
        }
    }
}

/// The function stays as it is: other code can await it.
fn a_handler_is_a_function_too(t: &Test) {
    let (test, called, log) = (t.clone(), t.expect(), Log::default());
    spawn_local(async move {
        let response = fetch!(GET test.url("/bytes/5")).await?;
        in_two_parts(response, (Box::new(called), Rc::clone(&log))).await;
        assert_eq!(*log.borrow(), ["first", "second"]);
        Ok::<(), StartError>(())
    });
}

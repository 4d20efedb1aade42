//! Fetches that C code starts, with a handler's trampolines.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::thread;

use fetch_runtime::sys::{self, Callback, emscripten_fetch_t};
use fetch_runtime::{Outcome, Progress, Request, Response, fetch_handler, stats};

use crate::c_fetch;
use crate::scenario::Test;

scenarios! { $ for_each_from_c_scenario:
    c_code_uses_the_trampolines
    c_code_uses_the_symbols
    c_code_sets_a_limit
    c_code_closes_in_flight
    handles_are_recycled
}

thread_local! {
    static SEEN: RefCell<Vec<(Outcome, u16, String, usize)>> = const { RefCell::new(Vec::new()) };
    static CALLED: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

#[fetch_handler(on_progress = note, export = "fetch_tests_seen")]
fn seen(response: Response) {
    CALLED.take().expect("one call for one start")();
    let seen =
        (response.outcome(), response.status(), response.url().to_owned(), response.body().len());
    SEEN.with_borrow_mut(|all| all.push(seen));
}

/// A fetch that hand-written code starts, with the trampolines of `seen`.
fn start_by_hand(t: &Test, url: &str, attributes: u32) -> *mut emscripten_fetch_t {
    start_with(t, url, attributes, 0, [seen::onsuccess, seen::onerror, seen::onprogress])
}

fn start_with(
    t: &Test,
    url: &str,
    attributes: u32,
    timeout_ms: u32,
    callbacks: [Callback; 3],
) -> *mut emscripten_fetch_t {
    CALLED.set(Some(Box::new(t.expect())));
    let url = CString::new(url).expect("a URL has no NUL");
    // SAFETY: they are the trampolines of one handler without a context, so userData may be null.
    unsafe { c_fetch::start(&url, attributes, timeout_ms, callbacks.map(Some)) }
}

/// With null userData, the trampolines serve any fetch.
fn c_code_uses_the_trampolines(t: &Test) {
    const PLAIN: u32 = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
    const CACHED: u32 = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_PERSIST_FILE;
    let before = stats();
    SEEN.take();
    let url = t.url("/bytes/40");
    // Upstream's cache is on the main thread alone. This crate's requests go there, C's do not.
    let is_pthread = cfg!(target_os = "emscripten") && thread::current().name() != Some("main");
    let missing = if is_pthread { Outcome::CacheUnavailable } else { Outcome::CacheMiss };
    let steps = [
        (url.clone(), PLAIN, Outcome::Success, 200, 40),
        (t.url("/status/404"), PLAIN, Outcome::HttpError, 404, 10),
        ("http://127.0.0.1:1/".to_owned(), PLAIN, Outcome::NetworkError, 0, 0),
        (url.clone(), CACHED, Outcome::Success, 200, 40),
        (url.clone(), CACHED, Outcome::Success, 200, 40),
        (t.url("/bytes/41"), sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD, missing, 0, 0),
    ];
    for (url, attributes, outcome, status, length) in steps {
        t.then(move |t| {
            start_by_hand(t, &url, attributes);
            t.then_first(move |_| {
                assert_eq!(SEEN.take(), [(outcome, status, url, length)]);
            });
        });
    }
    t.then(move |_| {
        let after = stats();
        assert_eq!((after.started - before.started, after.completed - before.completed), (6, 6));
        // The hit and the miss. On a pthread, there is no hit.
        let guarded = if is_pthread { 1 } else { 2 };
        assert_eq!((after.closed - before.closed, after.guarded - before.guarded), (6, guarded));
    });
}

// As C code would declare them.
unsafe extern "C" {
    fn fetch_tests_seen_onsuccess(fetch: *mut emscripten_fetch_t);
    fn fetch_tests_seen_onerror(fetch: *mut emscripten_fetch_t);
    fn fetch_tests_seen_onprogress(fetch: *mut emscripten_fetch_t);
}

/// C code finds a handler by its symbols.
fn c_code_uses_the_symbols(t: &Test) {
    const SYMBOLS: [Callback; 3] =
        [fetch_tests_seen_onsuccess, fetch_tests_seen_onerror, fetch_tests_seen_onprogress];
    SEEN.take();
    PROGRESS.take();
    let (found, missing) = (t.url("/drip/5/60"), t.url("/status/404"));
    start_with(
        t,
        &found,
        sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE,
        0,
        SYMBOLS,
    );
    t.then(move |t| {
        assert_eq!(SEEN.take(), [(Outcome::Success, 200, found, 5000)]);
        assert_eq!(PROGRESS.take().last(), Some(&Progress { loaded: 5000, total: Some(5000) }));
        start_with(t, &missing, sys::EMSCRIPTEN_FETCH_REPLACE, 0, SYMBOLS);
        t.then_first(|_| assert!(matches!(SEEN.take()[..], [(Outcome::HttpError, 404, ..)])));
    });
}

/// Upstream keeps the time of a fetch that C code starts, and its struct does not tell a timeout
/// from a network error.
fn c_code_sets_a_limit(t: &Test) {
    const PLAIN: u32 = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
    SEEN.take();
    for path in ["/slow/60000", "/drip/2/60000"] {
        t.then(move |t| {
            let url = t.url(path);
            start_with(t, &url, PLAIN, 500, [seen::onsuccess, seen::onerror, seen::onprogress]);
            t.then_first(move |_| assert_eq!(SEEN.take(), [(Outcome::NetworkError, 0, url, 0)]));
        });
    }
}

thread_local! {
    static PROGRESS: RefCell<Vec<Progress>> = const { RefCell::new(Vec::new()) };
}

fn note(progress: Progress) {
    PROGRESS.with_borrow_mut(|all| all.push(progress));
}

/// A close gives the handle back, because it does not replace an `id` that is a handle.
fn handles_are_recycled(t: &Test) {
    fn handle(t: &Test) -> u32 {
        let attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
        let fetch = start_by_hand(t, &t.url("/empty"), attributes);
        // SAFETY: it is in flight.
        unsafe { (*fetch).id }
    }
    let first = handle(t);
    for _ in 0..50 {
        t.then(|t| {
            drop(
                t.send(Request::get(t.url("/empty")), |_, response| assert!(response.is_success())),
            )
        });
    }
    t.then(move |t| {
        let last = handle(t);
        assert!(last < first + 50, "{first}, {last}");
    });
    t.then(|_| drop(SEEN.take()));
}

/// Emscripten calls `onerror` inside `emscripten_fetch_close`, and frees the struct after it.
fn c_code_closes_in_flight(t: &Test) {
    SEEN.take();
    let url = t.url("/slow/20000");
    let fetch = start_by_hand(
        t,
        &url,
        sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE,
    );
    // SAFETY: it has just been started, and is not used after.
    let result = unsafe { sys::emscripten_fetch_close(fetch) };
    assert_eq!(result, sys::EMSCRIPTEN_RESULT_SUCCESS);
    assert_eq!(SEEN.take(), [], "not inside the close");
    t.then(move |_| assert_eq!(SEEN.take(), [(Outcome::Aborted, 0, url, 0)]));
}

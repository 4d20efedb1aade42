//! When handlers run, and when what they own is dropped.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::sys::{self, emscripten_fetch_t};
use fetch_runtime::{
    CacheMode, Error, Fetch, Outcome, Request, Response, StartError, fetch, fetch_handler, stats,
};

use crate::scenario::{Dropped, Drops, Test};

#[track_caller]
fn assert_aborted(response: &Response) {
    assert_eq!(response.outcome(), Outcome::Aborted);
    assert_eq!((response.status(), response.status_text()), (0, ""));
    assert!(response.body().is_empty() && response.headers().is_none());
}

/// Whatever is known at once, the handler waits.
pub fn never_before_start_returns(t: &Test) {
    let started = Rc::new(Cell::new(false));
    for request in [
        Request::get(t.url("/empty")),
        Request::get("http://127.0.0.1:1/"),
        Request::get(t.url("/bytes/20")).cache(CacheMode::OnlyIfCached),
        Request::idb_store("early").body("x"),
        Request::idb_delete("early"),
    ] {
        started.set(false);
        let seen = Rc::clone(&started);
        let fetch = t.send(request, move |_, _| assert!(seen.get()));
        assert!(!fetch.is_finished());
        started.set(true);
    }
    started.set(true);
}

/// Before the headers, and in the body.
pub fn abort_in_flight(t: &Test) {
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

/// Inside a callback of the request itself.
pub fn abort_in_progress(t: &Test) {
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

/// There is no handle yet, and no safe moment to close.
pub fn abort_while_the_cache_is_asked(t: &Test) {
    let request = || Request::get(t.url("/slow/20000"));
    t.send(request().cache(CacheMode::OnlyIfCached), |_, response| assert_aborted(&response)).abort();
    t.send(request().cache(CacheMode::ForceCache), |_, response| assert_aborted(&response)).abort();
    t.send(Request::idb_store("aborted").body("x"), |_, response| assert_aborted(&response)).abort();
}

/// Inside the handler of a request.
pub fn abort_another(t: &Test) {
    let other = t.send(Request::get(t.url("/slow/20000")), |_, response| assert_aborted(&response));
    t.send(Request::get(t.url("/empty")), move |_, response| {
        assert!(response.is_success());
        other.abort();
        assert!(other.is_finished());
    });
}

/// Nothing happens.
pub fn abort_after_the_end(t: &Test) {
    let fetch = t.send(Request::get(t.url("/empty")), |_, response| assert!(response.is_success()));
    t.then(move |_| {
        assert!(fetch.is_finished());
        let before = stats();
        fetch.abort();
        assert_eq!(stats(), before);
    });
}

/// Nobody has to keep the handle.
pub fn dropped_handle_runs_on(t: &Test) {
    drop(t.send(Request::get(t.url("/slow/50")), |_, response| assert!(response.is_success())));
}

#[fetch_handler]
fn guarded(result: Result<Response, Error>, (called, guard): (Box<dyn FnOnce()>, Dropped)) {
    called();
    drop(result);
    drop(guard);
}

/// On every path: the context, and the closure of the progress.
pub fn contexts_are_dropped_once(t: &Test) {
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

/// C looks at them until the end, and no longer.
pub fn request_bodies_are_dropped_once(t: &Test) {
    for path in ["/echo", "/status/500"] {
        t.send(Request::post(t.url(path)).body(vec![9; 100_000]), |_, _| {});
    }
    t.send(Request::post("http://127.0.0.1:1/").body(vec![9; 100_000]), |_, _| {});
    t.send(Request::post(t.url("/slow/9999")).body(vec![9; 100_000]), |_, _| {}).abort();
    t.send(Request::idb_store("body").body(vec![9; 100_000]), |_, _| {});
}

/// A thousand deep.
pub fn handlers_start_the_next(t: &Test) {
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

/// A thousand wide.
pub fn a_thousand_at_once(t: &Test) {
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
    });
}

thread_local! {
    static SEEN: RefCell<Vec<(Outcome, u16, String, usize)>> = const { RefCell::new(Vec::new()) };
    static CALLED: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

#[fetch_handler]
fn seen(response: Response) {
    CALLED.take().expect("one call for one start")();
    let seen = (response.outcome(), response.status(), response.url().to_owned(), response.body().len());
    SEEN.with_borrow_mut(|all| all.push(seen));
}

/// A fetch that hand-written code starts, with the trampolines of `seen`.
fn start_by_hand(t: &Test, url: &str, attributes: u32) -> *mut emscripten_fetch_t {
    CALLED.set(Some(Box::new(t.expect())));
    let url = CString::new(url).expect("a URL has no NUL");
    let mut attr = MaybeUninit::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr = unsafe { attr.assume_init() };
    attr.attributes = attributes;
    attr.onsuccess = Some(seen::onsuccess);
    attr.onerror = Some(seen::onerror);
    // SAFETY: both live through the call; there is no request data; the trampolines are one handler's, userData is null.
    let fetch = unsafe { sys::emscripten_fetch(&mut attr, url.as_ptr()) };
    assert!(!fetch.is_null());
    fetch
}

/// With null userData, the trampolines serve any fetch.
pub fn c_code_uses_the_trampolines(t: &Test) {
    const PLAIN: u32 = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
    const CACHED: u32 = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_PERSIST_FILE;
    let before = stats();
    SEEN.take();
    let url = t.url("/bytes/40");
    let steps = [
        (url.clone(), PLAIN, Outcome::Success, 200, 40),
        (t.url("/status/404"), PLAIN, Outcome::HttpError, 404, 10),
        ("http://127.0.0.1:1/".to_owned(), PLAIN, Outcome::Network, 0, 0),
        (url.clone(), CACHED, Outcome::Success, 200, 40),
        (url.clone(), CACHED, Outcome::Success, 200, 40),
        (t.url("/bytes/41"), sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD, Outcome::CacheMiss, 0, 0),
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
        // The hit and the miss.
        assert_eq!((after.closed - before.closed, after.guarded - before.guarded), (6, 2));
    });
}

/// What is closed gives its handle back: an `id` that is one already is left as it is.
pub fn handles_are_recycled(t: &Test) {
    fn handle(t: &Test) -> u32 {
        let attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
        let fetch = start_by_hand(t, &t.url("/empty"), attributes);
        // SAFETY: it is in flight.
        unsafe { (*fetch).id }
    }
    let first = handle(t);
    for _ in 0..50 {
        t.then(|t| drop(t.send(Request::get(t.url("/empty")), |_, response| assert!(response.is_success()))));
    }
    t.then(move |t| {
        let last = handle(t);
        assert!(last < first + 50, "{first}, {last}");
    });
    t.then(|_| drop(SEEN.take()));
}

/// Upstream calls `onerror` inside `emscripten_fetch_close`, and frees the struct after it.
pub fn c_code_closes_in_flight(t: &Test) {
    SEEN.take();
    let url = t.url("/slow/20000");
    let fetch = start_by_hand(t, &url, sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE);
    // SAFETY: it has just been started, and is not used after.
    let result = unsafe { sys::emscripten_fetch_close(fetch) };
    assert_eq!(result, sys::EMSCRIPTEN_RESULT_SUCCESS);
    assert_eq!(SEEN.take(), [], "not inside the close");
    t.then(move |_| assert_eq!(SEEN.take(), [(Outcome::Aborted, 0, url, 0)]));
}

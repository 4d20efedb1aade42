//! The sets of real failures, and the code that their tests share.
//!
//! The platform itself makes these requests fail: the heap is too small by its link flags, the disk
//! is full by its quota, and another program has written the records. Where a test simulates a
//! failure, its name says so.

pub(crate) mod aborts;
pub(crate) mod background;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod denied;
pub(crate) mod exceptions;
pub(crate) mod hosts;
pub(crate) mod housekeeping;
pub(crate) mod killed;
pub(crate) mod memory;
pub(crate) mod offline;
pub(crate) mod origins;
pub(crate) mod quota;
pub(crate) mod records;

use std::cell::Cell;
use std::rc::Rc;

use fetch_runtime::{CacheMode, CacheStatus, Chunk, Outcome, Request, Response, Stats, stats};
use fetch_shared::heap;
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;

use crate::js;
use crate::options::streams;

/// From this many bytes on it is a leak: malloc may round a block a little differently.
const ROUNDING: i64 = 24;

/// Makes `real` in JS.
fn prepare() {
    js::run(include_str!("real.js"));
}

/// Goes on with the next step as soon as this JS expression is true.
fn wait_until(t: &Test, condition: &'static str) {
    t.then_first(move |t| {
        if js::evaluate(condition) != "true" {
            wait_until(t, condition);
        }
    });
}

/// Has `real` do something with the object store, and waits for it.
fn in_the_store(t: &Test, call: &str) {
    prepare();
    js::run(&format!("real.done = false; real.{call}"));
    wait_until(t, "real.done");
}

/// A small request works.
fn goes_on(t: &Test) {
    t.send(Request::get(t.url("/bytes/1000")), |_, response| {
        assert!(response.is_success(), "{response:?}");
        assert!(response.body().len() == 1000 && is_pattern(response.body(), 0), "{response:?}");
    });
}

thread_local! {
    static BEFORE: Cell<(Stats, i64)> = Cell::default();
}

/// Runs a round twice. The program allocates some things once, in the first round; the second
/// leaves nothing in flight, on the heap, in the browser's prototypes, or at address 0.
fn leaves_nothing(t: &Test, round: impl Fn(&Test) + 'static) {
    prepare();
    js::run("real.remember(); real.before = real.fingerprint()");
    round(t);
    t.then(goes_on);
    let round = Rc::new(round);
    t.then(move |t| {
        BEFORE.set((stats(), heap::in_use()));
        round(t);
        t.then(goes_on);
        t.then(move |_| {
            let (before, after) = (BEFORE.get(), (stats(), heap::in_use()));
            // A step is on the heap while it runs, with its captures. Both steps hold the same.
            drop(round);
            assert!(memory::is_intact(), "something was written at address 0");
            assert_eq!(
                js::evaluate("real.fingerprint() === real.before"),
                "true",
                "a hook was left behind"
            );
            assert_eq!(after.0.live, before.0.live, "something is in flight");
            assert_eq!(
                after.0.started - before.0.started,
                after.0.completed - before.0.completed,
                "a handler was not called exactly once"
            );
            let left = after.1 - before.1;
            assert!(left < ROUNDING, "{left} bytes are left");
        });
    });
}

/// Each kind of download from this URL. A stream calls `on_chunk`.
fn downloads(url: &str, on_chunk: fn(Chunk)) -> Vec<Request> {
    let get = || Request::get(url.to_owned());
    let mut all = vec![
        get(),
        get().cache(CacheMode::Reload),
        get().cache(CacheMode::ForceCache),
        Request::post(url.to_owned()).body(b"body"),
    ];
    if streams() {
        all.push(get().on_chunk(on_chunk));
    }
    all
}

/// Each kind of download fails as a network error, tells nothing of the response, and stores
/// nothing. In a worker, so does a synchronous one.
fn fails(t: &Test, url: &str) {
    for request in downloads(url, |chunk| panic!("{} bytes of no response", chunk.len())) {
        t.send(request, |_, response| is_network_error(&response));
    }
    if js::is_worker() {
        for request in [Request::get(url.to_owned()), Request::post(url.to_owned()).body(b"body")] {
            is_network_error(&request.send_blocking().expect("it begins"));
        }
    }
    let only_cached = Request::get(url.to_owned()).cache(CacheMode::OnlyIfCached);
    t.then_first(|t| {
        t.send(only_cached, |_, response| {
            assert_eq!(response.outcome(), Outcome::CacheMiss, "{response:?}");
        });
    });
}

#[track_caller]
fn is_network_error(response: &Response) {
    assert_eq!(response.outcome(), Outcome::NetworkError, "{response:?}");
    assert_eq!((response.status(), response.status_text()), (0, ""), "{response:?}");
    assert!(response.headers().is_none_or(|headers| headers.iter().count() == 0), "{response:?}");
    assert!(response.body().is_empty(), "{response:?}");
    assert!(!matches!(response.cache_status(), CacheStatus::Hit | CacheStatus::Stored));
}

/// Has the runner start a server of another origin, and goes on with that.
fn with_another_origin(t: &Test, then: impl FnOnce(&Test, String) + 'static) {
    with_another(t, "start", then);
}

/// As above; `how` is the path.
fn with_another(t: &Test, how: &str, then: impl FnOnce(&Test, String) + 'static) {
    t.send(Request::get(t.url(&format!("/fetch-runner/others/{how}"))), |t, response| {
        assert!(response.is_success(), "{response:?}");
        let origin = response.text().into_owned();
        t.then_first(move |t| then(t, origin));
    });
}

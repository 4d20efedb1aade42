//! The scenarios that only a page has.

use std::time::Duration;

use fetch_runtime::{
    CacheMode, CacheStatus, Outcome, Request, Response, StartError, block_on, fetch, fetch_handler,
    sleep, spawn_local, stats,
};
use fetch_shared::engine::Difference;
use fetch_shared::scenario::{Drops, Test};

use crate::driver::{self, Run};
use crate::js;
use crate::options::{says_yes, streams};

pub(crate) fn tests() -> Vec<(String, Run)> {
    let mut tests = without_a_cache();
    tests.extend(tests![
        stores_exactly_its_bytes,
        a_deadline_covers_the_lookup,
        a_deadline_covers_the_store
    ]);
    tests
}

/// Those that need no cache: they run under Node, too.
pub(crate) fn without_a_cache() -> Vec<(String, Run)> {
    tests![
        final_url_where_the_field_is,
        urls_that_only_the_browser_refuses,
        a_panic_leaves_the_page_alone,
        an_error_leaves_the_page_alone,
        panics_of_async_handlers_leave_the_page_alone,
        an_error_of_an_async_handler_leaves_the_page_alone,
        a_task_that_panics_leaves_the_page_alone,
        a_task_that_fails_leaves_the_page_alone,
        run_and_poll_return_at_once,
        the_main_thread_must_not_wait,
        the_runtime_stays_alive_as_long_as_before,
        streaming_has_to_be_linked
    ]
}

/// Emscripten has the final URL from 4.0.10 on; the caller says whether this is one.
fn final_url_where_the_field_is(t: &Test) {
    let expected = says_yes("FETCH_TEST_FINAL_URL");
    t.send(Request::get(t.url("/redirect/302?to=/bytes/9")), move |t, response| {
        let echo = t.url("/bytes/9");
        assert_eq!(response.final_url(), expected.then_some(echo.as_str()));
    });
}

/// The record has only the body's bytes, and so does the buffer behind it: a naive store keeps the
/// whole heap.
fn stores_exactly_its_bytes(t: &Test) {
    t.send(Request::idb_store("exact").body(b"12345"), |_, response| {
        assert!(response.is_success())
    });
    t.then(|t| {
        js::run(
            "globalThis.exact = '';
            const files = Fetch.dbInstance.transaction(['FILES']).objectStore('FILES');
            files.get('exact').onsuccess = (event) => {
                const record = event.target.result;
                const buffer = record.buffer || record;
                const text = new TextDecoder().decode(record);
                globalThis.exact = record.byteLength + ' ' + buffer.byteLength + ' ' + text;
            };",
        );
        // The database answers in order.
        t.send(Request::get("exact").cache(CacheMode::OnlyIfCached), |_, response| {
            assert_eq!(response.body(), b"12345");
            assert_eq!(js::evaluate("globalThis.exact"), "5 5 12345");
            assert_eq!(js::evaluate("Object.hasOwn(Uint8Array.prototype, 'subarray')"), "false");
        });
    });
}

/// The URLs pass all checks of the library, and `open` would still throw. No engine accepts both.
fn urls_that_only_the_browser_refuses(_: &Test) {
    let before = stats();
    for (url, accepts) in [
        ("file://host:80/", Difference::FileHostIgnored),
        ("http://xn--a/", Difference::InvalidPunycodeAccepted),
    ] {
        let is_accepted = js::evaluate(&format!("URL.canParse('{url}')")) == "true";
        assert_eq!(is_accepted, accepts.is_here(), "{url}");
        if !is_accepted {
            let error = Request::get(url).send_fn(|_| unreachable!()).map(drop).unwrap_err();
            assert!(error.to_string().ends_with("the browser cannot parse it"), "{error}");
        }
    }
    assert_eq!(stats(), before);
}

fn a_panic_leaves_the_page_alone(t: &Test) {
    driver::expect_panic();
    let called = t.expect();
    fetch!(GET t.url("/bytes/1") => move |_| {
        called();
        panic!("expected");
    })
    .unwrap();
    t.then(|t| {
        t.send(Request::get(t.url("/bytes/2")), |_, response| assert!(response.is_success()));
    });
}

fn an_error_leaves_the_page_alone(t: &Test) {
    driver::expect_error();
    let called = t.expect();
    fetch!(GET t.url("/bytes/1") => move |_| {
        called();
        Err::<(), _>("an expected error")
    })
    .unwrap();
}

#[fetch_handler]
async fn panics(_: Response, (at, called): (&'static str, Box<dyn FnOnce()>)) {
    if at == "before" {
        called();
        panic!("expected");
    }
    sleep(Duration::from_millis(1)).await;
    called();
    panic!("expected");
}

/// Before and after the first `await`.
fn panics_of_async_handlers_leave_the_page_alone(t: &Test) {
    for at in ["before", "after"] {
        driver::expect_panic();
        let context: (_, Box<dyn FnOnce()>) = (at, Box::new(t.expect()));
        fetch!(GET t.url("/bytes/1"), context: context => panics).unwrap();
    }
    t.then(|t| {
        t.send(Request::get(t.url("/bytes/2")), |_, response| assert!(response.is_success()));
    });
}

#[fetch_handler]
async fn fails(_: Response, called: Box<dyn FnOnce()>) -> Result<(), &'static str> {
    sleep(Duration::from_millis(1)).await;
    called();
    Err("an expected error")
}

fn an_error_of_an_async_handler_leaves_the_page_alone(t: &Test) {
    driver::expect_error();
    fetch!(GET t.url("/bytes/1"), context: Box::new(t.expect()) => fails).unwrap();
}

/// The other tasks go on.
fn a_task_that_panics_leaves_the_page_alone(t: &Test) {
    driver::expect_panic();
    let (called, url) = (t.expect(), t.url("/bytes/1"));
    let drops = Drops::default();
    let guard = drops.guard();
    let task = spawn_local(async move {
        let _guard = guard;
        let found = fetch!(GET url).await.expect("it begins");
        called();
        panic!("expected: {found:?}");
    });
    let request = Request::get(t.url("/slow/50"));
    t.spawn(async { assert!(request.await.expect("it begins").is_success()) });
    t.then(move |_| assert!(task.is_finished() && drops.count() == 1));
}

fn a_task_that_fails_leaves_the_page_alone(t: &Test) {
    driver::expect_error();
    let called = t.expect();
    let task = spawn_local(async {
        called();
        Request::get("http://a b/").await?;
        Ok::<(), StartError>(())
    });
    t.then(move |_| assert!(task.is_finished()));
}

fn run_and_poll_return_at_once(t: &Test) {
    let fetch =
        t.send(Request::get(t.url("/bytes/3")), |_, response| assert!(response.is_success()));
    fetch_runtime::run();
    fetch_runtime::poll();
    assert!(!fetch.is_finished());
}

fn the_main_thread_must_not_wait(t: &Test) {
    let before = stats();
    let request = || Request::get(t.url("/bytes/9"));
    assert_eq!(request().send_blocking().unwrap_err(), StartError::WouldBlock);
    assert_eq!(block_on(request()).unwrap_err(), StartError::WouldBlock);
    assert_eq!(block_on(async {}).unwrap_err(), StartError::WouldBlock);
    assert_eq!(stats(), before);
}

/// Emscripten counts the events that are to come, and exits when there are none. Neither a timer
/// that is not needed any more nor a broken stream may count.
pub(crate) fn the_runtime_stays_alive_as_long_as_before(t: &Test) {
    let count = || js::evaluate("String(runtimeKeepaliveCounter)");
    let before = count();
    let in_time = Request::get(t.url("/bytes/12")).cache(CacheMode::ForceCache);
    t.send(in_time.timeout(Duration::from_secs(60)), |_, response| assert!(response.is_success()));
    if streams() {
        for path in ["/reset/100", "/status/204", "/status/404", "/bytes/10"] {
            t.send(Request::get(t.url(path)).on_chunk(|_| ()), |_, _| ());
        }
    }
    let never_exits = says_yes("FETCH_TEST_ASSERTIONS");
    t.then(move |_| {
        let after = count();
        if never_exits {
            // Only Emscripten's assertions look at the counter.
            assert!(!after.starts_with('-'), "{after}");
        } else {
            assert_eq!(after, before);
        }
    });
}

fn streaming_has_to_be_linked(t: &Test) {
    if !streams() {
        let error =
            Request::get(t.url("/empty")).on_chunk(|_| ()).send_fn(|_| ()).map(drop).unwrap_err();
        assert_eq!(error, StartError::StreamingNotSupported);
    }
}

/// Keeps IndexedDB busy for so long; other requests to it have to wait.
fn occupy_the_cache(ms: u32) {
    js::run(&format!(
        "const end = performance.now() + {ms};
        const files = Fetch.dbInstance.transaction(['FILES'], 'readwrite').objectStore('FILES');
        const next = () => {{ if (performance.now() < end) files.get('busy').onsuccess = next; }};
        next();"
    ));
}

fn a_deadline_covers_the_lookup(t: &Test) {
    occupy_the_cache(900);
    let request = Request::get(t.url("/bytes/20")).cache(CacheMode::ForceCache);
    t.send(request.timeout(Duration::from_millis(200)), |_, response| {
        assert_eq!(response.outcome(), Outcome::Timeout);
        assert!(response.body().is_empty());
    });
}

fn a_deadline_covers_the_store(t: &Test) {
    let url = t.url("/bytes/21");
    occupy_the_cache(4500);
    let request = Request::get(url.as_str()).cache(CacheMode::Reload);
    t.send(request.timeout(Duration::from_millis(2500)), move |t, response| {
        assert_eq!(response.outcome(), Outcome::Timeout);
        // The store was on its way, and cannot be called back.
        assert_eq!(response.cache_status(), CacheStatus::Stored);
        t.send(Request::get(url).cache(CacheMode::OnlyIfCached), |_, response| {
            assert_eq!(response.body().len(), 21);
        });
    });
}

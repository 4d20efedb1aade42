//! What runs: the shared scenarios, and those of the browser alone.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    CacheMode, CacheStatus, Chunk, Outcome, Request, Response, StartError, fetch, fetch_handler,
    stats,
};
use fetch_tests::heap;
use fetch_tests::pattern::is_pattern;
use fetch_tests::scenario::{Scenario, Test};

use crate::driver::Run;
use crate::{driver, js, matrix, real, soak};

/// What is in a set.
pub(crate) fn named(set: &str) -> Option<Vec<(String, Run)>> {
    match set {
        "matrix" => return Some(matrix::cells()),
        "soak" => return Some(soak::rounds()),
        _ => {}
    }
    let Some(scenarios) = scenarios(set) else { return real::named(set) };
    let scenarios = scenarios.into_iter();
    Some(scenarios.map(|(name, scenario)| (name.to_owned(), Box::new(scenario) as Run)).collect())
}

fn scenarios(set: &str) -> Option<Vec<(&'static str, Scenario)>> {
    macro_rules! shared {
        ($($module:ident::$name:ident)*) => {
            vec![$((stringify!($name), fetch_tests::scenarios::$module::$name as Scenario)),*]
        };
    }
    let first_load = std::env::var("FETCH_RUNNER_LOAD").as_deref() != Ok("1");
    Some(match set {
        "scenarios" => {
            let mut all: Vec<(&'static str, Scenario)> = fetch_tests::for_each_scenario!(shared);
            all.extend([
                ("final_url_where_the_field_is", final_url_where_the_field_is as Scenario),
                ("stores_exactly_its_bytes", stores_exactly_its_bytes),
                ("urls_that_only_the_browser_refuses", urls_that_only_the_browser_refuses),
                ("a_panic_leaves_the_page_alone", a_panic_leaves_the_page_alone),
                ("an_error_leaves_the_page_alone", an_error_leaves_the_page_alone),
                ("run_and_poll_return_at_once", run_and_poll_return_at_once),
                ("the_main_thread_must_not_wait", the_main_thread_must_not_wait),
                (
                    "the_runtime_stays_alive_as_long_as_before",
                    the_runtime_stays_alive_as_long_as_before,
                ),
                ("streaming_has_to_be_linked", streaming_has_to_be_linked),
                ("a_deadline_covers_the_lookup", a_deadline_covers_the_lookup),
                ("a_deadline_covers_the_store", a_deadline_covers_the_store),
            ]);
            all
        }
        "reload" if first_load => vec![("before_a_reload", before_a_reload)],
        "reload" => vec![("after_a_reload", after_a_reload)],
        "streaming" => {
            // First: the heap is as small as it ever was.
            let mut all = vec![("more_than_the_heap_holds", more_than_the_heap_holds as Scenario)];
            let shared: Vec<(&'static str, Scenario)> =
                fetch_tests::for_each_streaming_scenario!(shared);
            all.extend(shared);
            all.extend([
                ("a_panic_stops_a_stream", a_panic_stops_a_stream as Scenario),
                (
                    "the_runtime_stays_alive_as_long_as_before",
                    the_runtime_stays_alive_as_long_as_before,
                ),
            ]);
            all
        }
        "blocking" => {
            let mut all: Vec<(&'static str, Scenario)> =
                fetch_tests::for_each_blocking_scenario!(shared);
            all.extend([
                ("an_end_that_is_told_twice", an_end_that_is_told_twice as Scenario),
                ("an_end_that_is_not_told", an_end_that_is_not_told),
                (
                    "the_runtime_stays_alive_as_long_as_before",
                    the_runtime_stays_alive_as_long_as_before,
                ),
            ]);
            all
        }
        "no-indexeddb" => vec![("no_indexeddb", no_indexeddb)],
        "main-loop" => vec![("a_handler_that_never_returns", a_handler_that_never_returns)],
        _ => return None,
    })
}

/// What only the caller knows of how this program was built.
pub(crate) fn says_yes(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "yes")
}

/// Where the build has found Emscripten 4.0.10 or later: the caller says whether that is so.
fn final_url_where_the_field_is(t: &Test) {
    let expected = says_yes("FETCH_TEST_FINAL_URL");
    t.send(Request::get(t.url("/redirect/302?to=/bytes/9")), move |t, response| {
        let echo = t.url("/bytes/9");
        assert_eq!(response.final_url(), expected.then_some(echo.as_str()));
    });
}

fn the_main_thread_must_not_wait(t: &Test) {
    let before = stats();
    let error = Request::get(t.url("/bytes/9")).send_blocking().unwrap_err();
    assert_eq!(error, StartError::WouldBlock);
    assert_eq!(stats(), before);
}

/// Upstream counts what is to come, and exits when nothing is: a timer that was not needed and a
/// stream that broke are not.
fn the_runtime_stays_alive_as_long_as_before(t: &Test) {
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
            // Nobody looks at it, but for upstream's assertions.
            assert!(!after.starts_with('-'), "{after}");
        } else {
            assert_eq!(after, before);
        }
    });
}

/// Has `send` do what another browser does, waits, and finds that nothing is left.
fn wait_where(send: &str, expected: Outcome, t: &Test) {
    let url = t.url("/bytes/13");
    let mut left = 0;
    for _round in 0..2 {
        let before = (stats(), heap::in_use(), js::evaluate("String(runtimeKeepaliveCounter)"));
        js::run(&format!(
            "globalThis.realSend ??= XMLHttpRequest.prototype.send;
            XMLHttpRequest.prototype.send = function (body) {{ {send} }};"
        ));
        let waited = Request::post(url.as_str())
            .body("body")
            .timeout(Duration::from_secs(60))
            .send_blocking();
        js::run("XMLHttpRequest.prototype.send = realSend");
        let response = waited.expect("it begins");
        assert_eq!((response.outcome(), response.body()), (expected, &b""[..]));
        drop(response);
        assert_eq!((stats().closed - before.0.closed, stats().live), (1, before.0.live));
        assert_eq!(js::evaluate("String(runtimeKeepaliveCounter)"), before.2);
        left = heap::in_use() - before.1;
    }
    assert!(left < 24, "{left} bytes are left");
}

/// Firefox and Safari send an event and throw an exception, which upstream takes for two ends.
fn an_end_that_is_told_twice(t: &Test) {
    let both = "this.dispatchEvent(new ProgressEvent('error')); throw new DOMException('', 'NetworkError');";
    wait_where(both, Outcome::NetworkError, t);
    let late = "this.dispatchEvent(new ProgressEvent('timeout')); throw new DOMException('', 'TimeoutError');";
    wait_where(late, Outcome::Timeout, t);
}

/// Neither an event nor an exception; or an exception where upstream does not expect one, after the
/// response was complete.
fn an_end_that_is_not_told(t: &Test) {
    wait_where("", Outcome::NetworkError, t);
    wait_where("this.onload = null; return realSend.call(this, body);", Outcome::HttpError, t);
}

/// Whether this program is linked with `-sFETCH_STREAMING`: the caller says so.
pub(crate) fn streams() -> bool {
    says_yes("FETCH_TEST_STREAMING")
}

fn streaming_has_to_be_linked(t: &Test) {
    if !streams() {
        let error =
            Request::get(t.url("/empty")).on_chunk(|_| ()).send_fn(|_| ()).map(drop).unwrap_err();
        assert_eq!(error, StartError::StreamingNotSupported);
    }
}

/// Keeps IndexedDB busy for so long: what else is asked of it has to wait.
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
        // It was on its way, and nobody can call it back.
        assert_eq!(response.cache_status(), CacheStatus::Stored);
        t.send(Request::get(url).cache(CacheMode::OnlyIfCached), |_, response| {
            assert_eq!(response.body().len(), 21);
        });
    });
}

/// 256 MiB pass through the 16 MiB that a heap has by default.
fn more_than_the_heap_holds(t: &Test) {
    const LENGTH: u64 = 256 << 20;
    const HEAP: usize = 16 << 20;
    let loaded = Rc::new(Cell::new(0));
    let count = Rc::clone(&loaded);
    let request =
        Request::get(t.url(&format!("/stream/{LENGTH}"))).on_chunk(move |chunk: Chunk| {
            assert_eq!(chunk.offset(), count.get());
            assert!(is_pattern(&chunk, chunk.offset()));
            count.set(chunk.offset() + chunk.len() as u64);
        });
    t.send(request, move |_, response| {
        assert!(response.is_success(), "{response:?}");
        assert_eq!(loaded.get(), LENGTH);
        assert!(heap::end() <= HEAP, "{} bytes of memory", heap::end());
        println!(
            "a stream of {LENGTH} bytes: all of the memory that is in use are {} bytes",
            heap::end()
        );
    });
}

/// It is not called again, and what came is not taken for the whole.
fn a_panic_stops_a_stream(t: &Test) {
    driver::expect_panic();
    // As good as endless.
    t.send(
        Request::get(t.url("/drip/1000000/20")).on_chunk(|_| panic!("on purpose")),
        |_, response| {
            assert_eq!(response.outcome(), Outcome::Aborted);
        },
    );
}

/// What is in the record, and in the buffer behind it: a naive store keeps the whole heap.
fn stores_exactly_its_bytes(t: &Test) {
    t.send(Request::idb_store("exact").body(b"12345"), |_, response| {
        assert!(response.is_success())
    });
    t.then(|t| {
        js::run(
            "globalThis.exact = '';
            Fetch.dbInstance.transaction(['FILES']).objectStore('FILES').get('exact').onsuccess = (event) => {
                const record = event.target.result;
                const buffer = record.buffer || record;
                globalThis.exact = record.byteLength + ' ' + buffer.byteLength + ' ' + new TextDecoder().decode(record);
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

/// Past all our checks, `open` would still throw.
fn urls_that_only_the_browser_refuses(_: &Test) {
    let before = stats();
    let error = Request::get("file://host:80/").send_fn(|_| unreachable!()).map(drop).unwrap_err();
    assert!(error.to_string().ends_with("the browser cannot parse it"), "{error}");
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

fn run_and_poll_return_at_once(t: &Test) {
    let fetch =
        t.send(Request::get(t.url("/bytes/3")), |_, response| assert!(response.is_success()));
    fetch_runtime::run();
    fetch_runtime::poll();
    assert!(!fetch.is_finished());
}

fn cached(t: &Test, mode: CacheMode, status: CacheStatus) {
    t.send(Request::get(t.url("/bytes/77")).cache(mode), move |_, response| {
        assert_eq!((response.outcome(), response.cache_status()), (Outcome::Success, status));
        assert_eq!(response.body().len(), 77);
    });
}

fn before_a_reload(t: &Test) {
    cached(t, CacheMode::ForceCache, CacheStatus::Stored);
    t.send(Request::idb_store("kept/ü").body("kept"), |_, response| {
        assert!(response.is_success())
    });
    t.then(|_| js::run("fetchRunner.reload()"));
    // The page goes; should it stay, that is a failure.
    t.then(|t| {
        drop(t.send(Request::get(t.url("/slow/20000")), |_, _| panic!("the page was not reloaded")))
    });
}

fn after_a_reload(t: &Test) {
    cached(t, CacheMode::ForceCache, CacheStatus::Hit);
    t.then(|t| cached(t, CacheMode::OnlyIfCached, CacheStatus::Hit));
    t.then(|t| {
        t.send(Request::get("kept/ü").cache(CacheMode::OnlyIfCached), |_, response| {
            assert_eq!(response.text(), "kept");
        });
    });
    t.then(|t| {
        t.send(Request::get(t.url("/requests?path=/bytes/77")), |_, response| {
            assert_eq!(response.text(), "1")
        });
    });
    t.then(|t| cached(t, CacheMode::Reload, CacheStatus::Stored));
    t.then(|t| cached(t, CacheMode::NoStore, CacheStatus::Bypass));
}

/// The page has made `indexedDB.open` fail before the start.
fn no_indexeddb(t: &Test) {
    let unavailable = |_: &Test, response: Response| {
        assert_eq!(response.outcome(), Outcome::CacheUnavailable);
        assert_eq!((response.status(), response.status_text()), (0, ""));
    };
    t.send(Request::idb_store("key").body("x"), unavailable);
    t.send(Request::idb_delete("key"), unavailable);
    t.send(Request::get("key").cache(CacheMode::OnlyIfCached), unavailable);
    for mode in [CacheMode::ForceCache, CacheMode::Reload] {
        cached(t, mode, CacheStatus::NotStored);
    }
    cached(t, CacheMode::NoStore, CacheStatus::Bypass);
}

thread_local! {
    static FRAMES: Cell<usize> = const { Cell::new(0) };
    static STARTED: Cell<Option<Rc<Test>>> = const { Cell::new(None) };
    static RETURNED: Cell<bool> = const { Cell::new(false) };
}

#[fetch_handler]
fn game(response: Response, (called, test): (Box<dyn FnOnce()>, Rc<Test>)) {
    assert!(response.is_success());
    STARTED.set(Some(test));
    called();
    js::main_loop(frame);
}

/// One of a game's frames: in the third, the next level is loaded.
extern "C-unwind" fn frame() {
    FRAMES.set(FRAMES.get() + 1);
    if FRAMES.get() == 3 {
        let test = STARTED.take().expect("the game has started");
        test.send(Request::get(test.url("/bytes/5")), |_, response| {
            assert!(response.is_success());
            RETURNED.set(true);
        });
    }
    if RETURNED.get() {
        js::end_main_loop();
    }
}

fn a_handler_that_never_returns(t: &Test) {
    let context: (Box<dyn FnOnce()>, _) = (Box::new(t.expect()), Rc::new(t.clone()));
    fetch!(GET t.url("/bytes/4"), context: context => game).unwrap();
    for _ in 0..200 {
        // The page lives on: frames go by, requests come and go.
        t.then(|t| {
            drop(
                t.send(Request::get(t.url("/slow/5")), |_, response| {
                    assert!(response.is_success())
                }),
            )
        });
    }
    t.then(|_| {
        assert!(FRAMES.get() >= 3 && RETURNED.get(), "{} frames", FRAMES.get());
        assert_eq!(stats().live, 0);
    });
}

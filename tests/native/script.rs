//! What a script does with requests, and what it has to say.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script, Stage};
use fetch_runtime::{
    CacheMode, Credentials, Fetch, Outcome, Request, fetch, poll, run, set_max_in_flight, stats,
};

/// The message of a panic.
pub(crate) fn panic_of(action: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).unwrap_err();
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&'static str>().expect("a message")).to_owned(),
    }
}

#[test]
fn an_unexpected_request_is_a_network_error_and_a_panic() {
    let script = Script::install();
    script.answer("GET", "/here", Answer::new(200));
    let outcomes = Rc::new(RefCell::new(Vec::new()));
    for request in
        [Request::get("/there"), Request::post("/here"), Request::idb_store("here").body("x")]
    {
        let outcomes = Rc::clone(&outcomes);
        request.send_fn(move |response| outcomes.borrow_mut().push(response.outcome())).unwrap();
    }
    let message = panic_of(run);
    assert!(message.contains("nothing answers GET /there: the script has GET /here"), "{message}");
    assert!(message.contains("POST /here") && message.contains("IDB_STORE here"), "{message}");
    run();
    outcomes.borrow_mut().sort_by_key(|outcome| *outcome == Outcome::CacheFailed);
    assert_eq!(
        *outcomes.borrow(),
        [Outcome::NetworkError, Outcome::NetworkError, Outcome::CacheFailed]
    );
    assert_eq!((script.live_structs(), stats().live), (0, 0));

    Request::get("/never looked at").send_fn(|_| ()).unwrap();
    assert!(panic_of(|| drop(script)).contains("GET /never looked at"));
    run();
    assert_eq!(stats().live, 0);
}

#[test]
fn answers_come_in_turn_and_the_last_one_stays() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(500)).answer(
        "get",
        "https://example.com/x#f",
        Answer::new(200),
    );
    let statuses = Rc::new(RefCell::new(Vec::new()));
    for url in ["/x", "x", "https://example.com/a/../x"] {
        let statuses = Rc::clone(&statuses);
        fetch!(GET url.to_owned() => move |response| statuses.borrow_mut().push(response.status()))
            .unwrap();
    }
    run();
    assert_eq!(*statuses.borrow(), [500, 200, 200]);
    let sent: Vec<_> =
        script.sent().into_iter().map(|sent| sent.method + " " + &sent.url).collect();
    assert_eq!(sent, ["GET /x", "GET x", "GET https://example.com/a/../x"]);
}

#[test]
fn the_whole_answer_arrives() {
    let script = Script::install();
    let answer =
        Answer::new(299).reason("Fine").header("X-A", "1").header("x-a", "2").body("ab").body("c");
    script.answer("PUT", "/x", answer.final_url("https://example.org/y"));
    let progress = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&progress);
    let request = Request::put("/x").header("X-B", "3").body("sent").on_progress(move |progress| {
        seen.borrow_mut().push((progress.loaded, progress.total));
    });
    request
        .send_fn(|response| {
            assert_eq!(
                (response.status(), response.status_text(), response.text()),
                (299, "Fine", "abc".into())
            );
            assert_eq!(response.final_url(), Some("https://example.org/y"));
            let headers = response.headers().expect("it was downloaded");
            assert_eq!(
                (headers.get("x-a"), headers.get("content-length")),
                (Some("1, 2"), Some("3"))
            );
        })
        .unwrap();
    run();
    assert_eq!(*progress.borrow(), [(2, Some(3)), (3, Some(3))]);
    let sent = &script.sent()[0];
    assert_eq!(
        (&*sent.body, &*sent.headers),
        (&b"sent"[..], &[("X-B".to_owned(), "3".to_owned())][..])
    );
}

/// Whatever a callback tries, and however often: the loop that called it goes on when it has
/// returned.
#[test]
fn no_callback_runs_the_loop() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).body("ab").body("c")).answer(
        "GET",
        "/y",
        Answer::new(200),
    );
    let nested = Rc::new(Cell::new(false));
    let try_to = |nested: &Rc<Cell<bool>>| {
        nested.set(true);
        for _ in 0..3 {
            run();
            poll();
        }
        nested.set(false);
    };
    let (in_progress, in_handler) = (Rc::clone(&nested), Rc::clone(&nested));
    let request = Request::get("/x").on_progress(move |_| {
        assert!(!in_progress.get());
        try_to(&in_progress);
    });
    let after = Rc::clone(&nested);
    request
        .send_fn(move |_| {
            assert!(!in_handler.get());
            Request::get("/y")
                .send_fn(move |_| assert!(!after.get(), "inside another's handler"))
                .unwrap();
            try_to(&in_handler);
        })
        .unwrap();
    run();
    assert_eq!(stats().completed, 2);
}

/// Then it is the test's turn, and an abort still comes through.
#[test]
fn run_returns_when_all_is_held() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::cached("bytes").hold(Stage::Lookup));
    script.answer("GET", "/y", Answer::new(200).hold(Stage::Head).hold(Stage::Load));
    let aborted = Rc::new(Cell::new(false));
    let seen = Rc::clone(&aborted);
    let held = Request::get("/x").cache(CacheMode::ForceCache);
    let held =
        held.send_fn(move |response| seen.set(response.outcome() == Outcome::Aborted)).unwrap();
    let other = Request::get("/y").timeout(Duration::from_secs(1)).send_fn(|_| ()).unwrap();
    run();
    held.abort();
    run();
    assert!(!held.is_finished() && !other.is_finished());
    script.release();
    run();
    assert!(aborted.get() && held.is_finished() && !other.is_finished());
    assert!(panic_of(|| drop(script)).contains("GET /y (held at Stage::Load)"));
    run();
    assert!(other.is_finished(), "no script is left to hold it");
    assert_eq!(stats().live, 0);
}

/// A request whose handler would fail, if it were called.
fn unseen(url: &str) -> Fetch {
    Request::get(url).send_fn(|_| panic!("it is called, after all")).unwrap()
}

/// Whatever the handler asserts, nothing has been shown: the test must not pass.
#[test]
fn a_script_that_ends_before_its_handlers_are_called() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200)).answer(
        "GET",
        "/y",
        Answer::new(200).hold(Stage::Head),
    );
    unseen("/x");
    let message = panic_of(|| drop(script));
    assert!(message.contains(
        "the handler of a request was not called before the script was dropped: GET /x."
    ));
    assert!(message.contains("Call `fetch_runtime::run()`"), "{message}");
    assert!(catch_unwind(run).is_err());

    let script = Script::install();
    script.answer("GET", "/y", Answer::new(200).hold(Stage::Head));
    unseen("/y");
    run();
    let message = panic_of(|| drop(script));
    assert!(
        message.contains("GET /y (held at Stage::Head)") && message.contains("Script::release"),
        "{message}"
    );
    assert!(catch_unwind(run).is_err());

    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200)).answer("GET", "/z", Answer::send_throws());
    unseen("/x").abort();
    unseen("/z");
    (0..9).for_each(|_| drop(unseen("/x")));
    let message = panic_of(|| drop(script));
    assert!(message.contains("handlers were not called"), "{message}");
    assert!(
        message.contains("GET /x, 4 in flight, 2 aborted, or over before it was sent."),
        "{message}"
    );
    while catch_unwind(run).is_err() {}

    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200));
    Request::get("/x").send_fn(|_| ()).unwrap();
    run();
    drop(script);
}

/// The first panic is the one that tells what is wrong.
#[test]
fn a_test_that_fails_says_why_and_no_more() {
    let message = panic_of(|| {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(200));
        Request::get("/x").send_fn(|_| ()).unwrap();
        std::panic::panic_any("it is wrong".to_owned());
    });
    assert_eq!(message, "it is wrong");
    run();
}

/// What a request ended as.
type Ended = Rc<Cell<Option<Outcome>>>;

fn ended(request: Request) -> Ended {
    let ended = Rc::new(Cell::new(None));
    let end = Rc::clone(&ended);
    request.send_fn(move |response| end.set(Some(response.outcome()))).unwrap();
    ended
}

/// Its time is never over: the answer cannot come.
#[test]
fn a_timeout_of_a_request_without_one() {
    for answer in [Answer::timeout(), Answer::new(200).body("half").times_out()] {
        let script = Script::install();
        script.answer("GET", "/x", answer);
        let in_time = ended(Request::get("/x").timeout(Duration::from_secs(3600)));
        run();
        assert_eq!(in_time.get(), Some(Outcome::Timeout));

        let never = ended(Request::get("/x"));
        let message = panic_of(run);
        assert!(message.contains("GET /x has no `timeout` that could be over"), "{message}");
        run();
        assert_eq!(never.get(), Some(Outcome::NetworkError));

        let stream = ended(Request::get("/x").on_chunk(drop));
        assert!(panic_of(run).contains("GET /x has no `timeout`"));
        run();
        assert_eq!(stream.get(), Some(Outcome::NetworkError));

        let missed = ended(Request::get("/x").cache(CacheMode::ForceCache));
        assert!(panic_of(run).contains("GET https://example.com/x has no `timeout`"));
        run();
        assert_eq!(missed.get(), Some(Outcome::NetworkError));
        // The cache alone has no use for the network's answer.
        let absent = ended(Request::get("/x").cache(CacheMode::OnlyIfCached));
        run();
        assert_eq!((absent.get(), script.live_structs()), (Some(Outcome::CacheMiss), 0));
    }
}

/// What does not grow, or is more than all, is not reported.
#[test]
fn uploads_as_the_answer_says() {
    let script = Script::install();
    let plain = || Answer::new(200).upload(2).upload(1).upload(9).upload(3);
    let cases = [
        (Answer::new(200), vec![4]),
        (plain(), vec![2, 3, 4]),
        (Answer::new(404), vec![4]),
        (plain().breaks_off(), vec![2, 3, 4]),
        (Answer::network_error(), vec![]),
        (Answer::network_error().upload(2), vec![2]),
        (Answer::timeout().upload(3), vec![3]),
        (Answer::send_throws().upload(2), vec![]),
    ];
    for (number, (answer, expected)) in cases.into_iter().enumerate() {
        let seen: Rc<RefCell<Vec<_>>> = Rc::default();
        let sink = Rc::clone(&seen);
        let url = format!("/{number}");
        script.answer("POST", &url, answer.clone());
        let request = Request::post(url.as_str()).body("body").timeout(Duration::from_secs(9));
        ended(request.on_upload(move |progress| {
            assert_eq!(progress.total, Some(4));
            sink.borrow_mut().push(progress.loaded);
        }));
        run();
        assert_eq!(*seen.borrow(), expected, "{answer:?}");
        // A request that has no use for it.
        let request = Request::post(url.as_str()).body("body").timeout(Duration::from_secs(9));
        ended(request.on_progress(|progress| assert_ne!(progress.total, Some(4))));
        run();
    }
}

#[test]
fn a_recorded_request_is_complete() {
    let script = Script::install();
    script.answer("GET", "/plain", Answer::new(200)).answer("GET", "/all", Answer::new(200));
    script.answer("IDB_STORE", "save", Answer::new(200));
    Request::get("/plain").send_fn(|_| ()).unwrap();
    Request::get("/all")
        .timeout(Duration::from_micros(1_500))
        .cache(CacheMode::ForceCache)
        .cache_key("level")
        .credentials(Credentials::Include)
        .auth("user", "hunter2")
        .mime_type("text/plain")
        .send_fn(|_| ())
        .unwrap();
    Request::get("/plain").on_chunk(drop).send_fn(|_| ()).unwrap();
    Request::idb_store("save").body("x").send_fn(|_| ()).unwrap();
    run();

    let sent = script.sent();
    let [plain, all, stream, record] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(
        (plain.timeout, plain.cache, &plain.cache_key),
        (None, Some(CacheMode::NoStore), &None)
    );
    assert_eq!((plain.credentials, &plain.auth), (Credentials::SameOrigin, &None));
    assert_eq!((&plain.mime_type, plain.streams), (&None, false));
    assert_eq!(
        (all.timeout, all.cache),
        (Some(Duration::from_millis(2)), Some(CacheMode::ForceCache))
    );
    assert_eq!((all.cache_key.as_deref(), all.credentials), (Some("level"), Credentials::Include));
    assert_eq!(all.auth, Some(("user".to_owned(), "hunter2".to_owned())));
    assert_eq!((all.mime_type.as_deref(), all.streams), (Some("text/plain"), false));
    assert!(stream.streams && record.cache.is_none());
    let shown = format!("{sent:?} {sent:#?}");
    assert!(shown.contains("user") && !shown.contains("hunter2"), "{shown}");
}

/// An hour goes by at once: the transfer's own timeout, and the one that is for the cache, too.
#[test]
fn the_clock_is_the_tests_own() {
    let begin = std::time::Instant::now();
    let timeout = Duration::from_secs(3600);
    for (mode, moment) in [
        (CacheMode::NoStore, Stage::Head),
        (CacheMode::NoStore, Stage::Chunk),
        (CacheMode::NoStore, Stage::Done),
        (CacheMode::ForceCache, Stage::Lookup),
        (CacheMode::ForceCache, Stage::Head),
        (CacheMode::ForceCache, Stage::Store),
        (CacheMode::Reload, Stage::Chunk),
    ] {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(200).body("bytes").hold(moment));
        let late = ended(Request::get("/x").cache(mode).timeout(timeout));
        run();
        script.advance(timeout - Duration::from_secs(1));
        run();
        poll();
        assert_eq!(late.get(), None, "{mode:?} {moment:?}");
        script.advance(Duration::from_secs(1));
        assert_eq!(late.get(), None, "nothing is called in there");
        run();
        // Where something is still to be written, it ends as soon as it can.
        let is_held = matches!(moment, Stage::Lookup | Stage::Store);
        assert_eq!(late.get(), (!is_held).then_some(Outcome::Timeout), "{mode:?} {moment:?}");
        script.release();
        run();
        assert_eq!(
            (late.get(), script.live_structs(), stats().live),
            (Some(Outcome::Timeout), 0, 0)
        );
    }
    // XHR has loaded: it is in time, whatever follows.
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).hold(Stage::Load));
    let loaded = ended(Request::get("/x").timeout(timeout));
    run();
    script.advance(timeout * 2);
    run();
    script.release();
    run();
    assert_eq!(loaded.get(), Some(Outcome::Success));
    drop(script);

    // What has gone by before the start does not count.
    for mode in [CacheMode::NoStore, CacheMode::ForceCache] {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(200).hold(Stage::Head));
        let earlier = ended(Request::get("/x").cache(mode).timeout(timeout));
        script.advance(timeout);
        let in_time = ended(Request::get("/x").cache(mode).timeout(timeout));
        run();
        assert_eq!((earlier.get(), in_time.get()), (Some(Outcome::Timeout), None), "{mode:?}");
        script.release();
        run();
        assert_eq!(in_time.get(), Some(Outcome::Success), "{mode:?}");
    }

    // After the script, the thread's time goes on from there: what was set by it is due soon.
    let script = Script::install();
    script.answer("GET", "/x", Answer::cached("bytes").hold(Stage::Lookup));
    let aborted = Request::get("/x").cache(CacheMode::ForceCache).send_fn(|_| ()).unwrap();
    script.advance(timeout);
    run();
    aborted.abort();
    assert!(panic_of(|| drop(script)).contains("GET https://example.com/x"));
    run();
    assert!(aborted.is_finished() && begin.elapsed() < timeout / 2);
}

/// What comes by itself does so within milliseconds, long before the time that the test lets pass.
#[test]
fn requests_that_are_not_held_are_in_time() {
    let script = Script::install();
    script.answer("GET", "/quick", Answer::new(200).body("a").body("b"));
    script.answer("GET", "/slow", Answer::new(200).hold(Stage::Head));
    let timeout = Duration::from_secs(5);
    let [quick, slow] = ["/quick", "/slow"].map(|url| ended(Request::get(url).timeout(timeout)));
    let cached = ended(Request::get("/quick").cache(CacheMode::ForceCache).timeout(timeout));
    // Longer by the turns that an answer takes.
    let too_late = ended(Request::get("/quick").timeout(Duration::from_millis(2)));
    script.advance(timeout);
    run();
    assert_eq!([quick, cached].map(|ended| ended.get()), [Some(Outcome::Success); 2]);
    assert_eq!([slow, too_late].map(|ended| ended.get()), [Some(Outcome::Timeout); 2]);
    // A loop that never rests does not stop the clock.
    script.answer("GET", "/next", Answer::new(204));
    fn next(ends: Rc<Cell<bool>>) {
        let then = move |_| {
            if !ends.get() {
                next(ends)
            }
        };
        Request::get("/next").send_fn(then).unwrap();
    }
    let ends = Rc::new(Cell::new(false));
    next(Rc::clone(&ends));
    let slow = ended(Request::get("/slow").timeout(timeout));
    poll();
    script.advance(timeout);
    (0..9).for_each(|_| poll());
    assert_eq!(slow.get(), Some(Outcome::Timeout));
    ends.set(true);
    run();
}

#[test]
fn answers_of_the_cache() {
    let script = Script::install();
    script.answer("GET", "/miss", Answer::cache_miss()).answer(
        "GET",
        "/failed",
        Answer::cache_failed(),
    );
    script.answer("IDB_STORE", "failed", Answer::cache_failed());
    script.answer("IDB_DELETE", "failed", Answer::cache_failed());
    script.answer("IDB_STORE", "miss", Answer::cache_miss());
    let only = |url| Request::get(url).cache(CacheMode::OnlyIfCached);
    let outcomes = [
        only("/miss"),
        only("/failed"),
        Request::idb_store("failed").body("x"),
        Request::idb_delete("failed"),
    ]
    .map(ended);
    run();
    use Outcome::{CacheFailed, CacheMiss, NetworkError};
    assert_eq!(
        outcomes.map(|ended| ended.get()),
        [CacheMiss, CacheMiss, CacheFailed, CacheFailed].map(Some)
    );

    for url in ["/miss", "/failed"] {
        for mode in [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache] {
            let download = ended(Request::get(url).cache(mode));
            let message = panic_of(run);
            assert!(message.contains(&format!("{url} goes to the network")), "{message}");
            run();
            assert_eq!(download.get(), Some(NetworkError));
        }
    }
    let record = ended(Request::idb_store("miss").body("x"));
    assert!(panic_of(run).contains("IDB_STORE miss does not look for a record"));
    run();
    assert_eq!(record.get(), Some(CacheFailed));
}

/// A program that has forgotten `run` says so when it ends; in debug builds, as these are.
#[cfg(debug_assertions)]
#[test]
fn a_program_that_ends_before_its_handlers_are_called() {
    let stderr_of = |what: &str| {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fetch-child"));
        let output = child.args([what, "http://127.0.0.1:9/x"]).output().expect("the child runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    let forgotten = stderr_of("forget");
    assert!(
        forgotten.contains(
            "a thread has ended with 1 request in flight, and its handler is never called: GET \
             http://127.0.0.1:9/x."
        ),
        "{forgotten}"
    );
    assert!(forgotten.contains("fetch_runtime::run()"), "{forgotten}");
    assert_eq!(stderr_of("get"), "");
}

/// With so many requests open, 0xffff is the handle of one of them. A fetch without a handle must
/// not be closed with it.
#[test]
fn a_close_without_a_handle_closes_no_other_fetch() {
    let script = Script::install();
    script.answer("GET", "/open", Answer::new(200).hold(Stage::Head));
    script.answer("GET", "/cached", Answer::cached("bytes"));
    set_max_in_flight(usize::MAX);
    let open: Vec<_> =
        (0..=0xffff).map(|_| Request::get("/open").send_fn(|_| ()).unwrap()).collect();
    Request::get("/cached").cache(CacheMode::OnlyIfCached).send_fn(|_| ()).unwrap();
    run();
    assert!(open.iter().all(|open| !open.is_finished()));
    script.release();
    run();
    assert_eq!((stats().completed, stats().live, stats().guarded), (0x10001, 0, 1));
}

#[test]
#[should_panic(expected = "this thread has a script")]
fn two_scripts() {
    let _script = Script::install();
    let _second = Script::install();
}

/// A stream's step brings in another one; the turn does not end with half of what a browser does in
/// one task.
#[test]
fn a_turn_ends_between_tasks() {
    let script = Script::install();
    script.answer("GET", "/stream", Answer::new(200).body("chunk")).answer(
        "GET",
        "/x",
        Answer::network_error(),
    );
    Request::get("/stream")
        .on_chunk(drop)
        .send_fn(|response| assert!(response.is_success()))
        .unwrap();
    let outcome = Rc::new(Cell::new(None));
    let seen = Rc::clone(&outcome);
    let broken =
        Request::get("/x").send_fn(move |response| seen.set(Some(response.outcome()))).unwrap();
    poll();
    // At readyState 4 and before `onerror`, that would be too early.
    broken.abort();
    run();
    assert_eq!(outcome.get(), Some(Outcome::NetworkError));
    assert_eq!((script.live_structs(), stats().live), (0, 0));
}

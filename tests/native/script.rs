//! What a script does with requests, and what it has to say.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Moment, Script};
use fetch_runtime::{CacheMode, Outcome, Request, fetch, poll, run, stats};

/// The message of a panic.
pub(crate) fn panic_of(action: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).unwrap_err();
    *payload.downcast::<String>().expect("a message")
}

#[test]
fn what_nobody_expects_is_a_network_error_and_a_panic() {
    let script = Script::install();
    script.answer("GET", "/here", Answer::new(200));
    let outcomes = Rc::new(RefCell::new(Vec::new()));
    for request in [Request::get("/there"), Request::post("/here"), Request::idb_store("here").body("x")] {
        let outcomes = Rc::clone(&outcomes);
        request.send_fn(move |response| outcomes.borrow_mut().push(response.outcome())).unwrap();
    }
    let message = panic_of(run);
    assert!(message.contains("nothing answers GET /there: the script has GET /here"), "{message}");
    assert!(message.contains("POST /here") && message.contains("IDB_STORE here"), "{message}");
    run();
    outcomes.borrow_mut().sort_by_key(|outcome| *outcome == Outcome::CacheFailed);
    assert_eq!(*outcomes.borrow(), [Outcome::Network, Outcome::Network, Outcome::CacheFailed]);
    assert_eq!((script.structs(), stats().live), (0, 0));

    Request::get("/never looked at").send_fn(|_| ()).unwrap();
    assert!(panic_of(|| drop(script)).contains("GET /never looked at"));
    run();
    assert_eq!(stats().live, 0);
}

#[test]
fn answers_come_in_turn_and_the_last_one_stays() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(500)).answer("get", "https://example.com/x#f", Answer::new(200));
    let statuses = Rc::new(RefCell::new(Vec::new()));
    for url in ["/x", "x", "https://example.com/a/../x"] {
        let statuses = Rc::clone(&statuses);
        fetch!(GET url.to_owned() => move |response| statuses.borrow_mut().push(response.status())).unwrap();
    }
    run();
    assert_eq!(*statuses.borrow(), [500, 200, 200]);
    let sent: Vec<_> = script.sent().into_iter().map(|sent| sent.method + " " + &sent.url).collect();
    assert_eq!(sent, ["GET /x", "GET x", "GET https://example.com/a/../x"]);
}

#[test]
fn the_whole_answer_arrives() {
    let script = Script::install();
    let answer = Answer::new(299).reason("Fine").header("X-A", "1").header("x-a", "2").body("ab").body("c");
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
            assert_eq!((headers.get("x-a"), headers.get("content-length")), (Some("1, 2"), Some("3")));
        })
        .unwrap();
    run();
    assert_eq!(*progress.borrow(), [(2, Some(3)), (3, Some(3))]);
    let sent = &script.sent()[0];
    assert_eq!((&*sent.body, &*sent.headers), (&b"sent"[..], &[("X-B".to_owned(), "3".to_owned())][..]));
}

/// Whatever a callback tries, and however often: the loop that called it goes on when it has returned.
#[test]
fn no_callback_runs_the_loop() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).body("ab").body("c")).answer("GET", "/y", Answer::new(200));
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
            Request::get("/y").send_fn(move |_| assert!(!after.get(), "inside another's handler")).unwrap();
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
    script.answer("GET", "/x", Answer::cached("bytes").hold(Moment::Lookup));
    script.answer("GET", "/y", Answer::new(200).hold(Moment::Head).hold(Moment::Load));
    let aborted = Rc::new(Cell::new(false));
    let seen = Rc::clone(&aborted);
    let held = Request::get("/x").cache(CacheMode::ForceCache);
    let held = held.send_fn(move |response| seen.set(response.outcome() == Outcome::Aborted)).unwrap();
    let other = Request::get("/y").timeout(Duration::from_secs(1)).send_fn(|_| ()).unwrap();
    run();
    held.abort();
    run();
    assert!(!held.is_finished() && !other.is_finished());
    script.release();
    run();
    assert!(aborted.get() && held.is_finished() && !other.is_finished());
    drop(script);
    run();
    assert!(other.is_finished(), "nobody is left to hold it");
    assert_eq!(stats().live, 0);
}

/// With so many requests open, 0xffff is somebody's handle. What is closed without one must not be closed with it.
#[test]
fn nobody_else_is_closed() {
    let script = Script::install();
    script.answer("GET", "/open", Answer::new(200).hold(Moment::Head));
    script.answer("GET", "/cached", Answer::cached("bytes"));
    let open: Vec<_> = (0..=0xffff).map(|_| Request::get("/open").send_fn(|_| ()).unwrap()).collect();
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

/// A stream's step brings in another one; the turn does not end with half of what a browser does in one task.
#[test]
fn a_turn_ends_between_tasks() {
    let script = Script::install();
    script.answer("GET", "/stream", Answer::new(200).body("chunk")).answer(
        "GET",
        "/x",
        Answer::network_error(),
    );
    Request::get("/stream").on_chunk(drop).send_fn(|response| assert!(response.is_success())).unwrap();
    let outcome = Rc::new(Cell::new(None));
    let seen = Rc::clone(&outcome);
    let broken = Request::get("/x").send_fn(move |response| seen.set(Some(response.outcome()))).unwrap();
    poll();
    // At readyState 4 and before `onerror`, that would be too early.
    broken.abort();
    run();
    assert_eq!(outcome.get(), Some(Outcome::Network));
    assert_eq!((script.structs(), stats().live), (0, 0));
}

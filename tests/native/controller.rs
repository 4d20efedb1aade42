//! An `AbortController` on the native backend, with a script that sees the struct.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Script, Stage};
use fetch_runtime::{AbortController, CacheMode, Outcome, Request, StartError, run, stats};

use crate::alloc;

/// Each request is held at another stage, and ends as soon as that is safe; the script checks that
/// it is.
#[test]
fn at_every_moment() {
    let moments =
        [Stage::Lookup, Stage::Head, Stage::Chunk, Stage::Done, Stage::Load, Stage::Store];
    let script = Script::install();
    let controller = AbortController::new();
    let outcomes = Rc::new(RefCell::new(Vec::new()));
    let requests: Vec<_> = moments
        .into_iter()
        .map(|moment| {
            let url = format!("/{moment:?}");
            script.answer("GET", &url, Answer::new(200).body("bytes").hold(moment));
            let outcomes = Rc::clone(&outcomes);
            let handler = move |response: fetch_runtime::Response| {
                outcomes.borrow_mut().push(response.outcome())
            };
            let request =
                Request::get(url).cache(CacheMode::ForceCache).signal(&controller.signal());
            request.send_fn(handler).unwrap()
        })
        .collect();
    run();
    controller.abort();
    let finished: Vec<_> = requests.iter().map(fetch_runtime::Fetch::is_finished).collect();
    assert_eq!(finished, [false, true, true, true, false, false]);
    assert_eq!(*outcomes.borrow(), [], "not inside abort");
    script.release();
    run();
    assert_eq!(*outcomes.borrow(), [Outcome::Aborted; 6]);
    assert_eq!((script.live_structs(), stats().live, stats().completed), (0, 0, 6));

    let late = Request::get("/x").signal(&controller.signal()).send_fn(|_| ()).map(drop);
    assert_eq!((late, script.sent().len()), (Err(StartError::Aborted), 6));
}

#[test]
fn dropping_the_controller_aborts_nothing() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200));
    let controller = AbortController::new();
    let request = Request::get("/x").signal(&controller.signal());
    drop(controller);
    request.send_fn(|response| assert!(response.is_success())).unwrap();
    run();
    assert_eq!(stats().completed, 1);
}

/// With its handle kept, and without.
#[test]
fn a_request_that_is_over_is_forgotten() {
    let controller = AbortController::new();
    let one_by_one = |count: usize| {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(204));
        for _ in 0..count {
            let request = Request::get("/x").signal(&controller.signal());
            let _kept_for_a_while = request.send_fn(|_| ()).unwrap();
            run();
        }
    };
    let at_once = |count: usize| {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(204));
        let start = || Request::get("/x").signal(&controller.signal()).send_fn(|_| ()).unwrap();
        let _kept_for_a_while: Vec<_> = (0..count).map(|_| start()).collect();
        run();
    };
    one_by_one(100);
    let before = alloc::live();
    one_by_one(100_000);
    assert!(alloc::live() <= before + 8, "{} more", alloc::live() - before);
    at_once(1_000);
    one_by_one(10_000);
    assert!(alloc::live() <= before + 8, "{} more", alloc::live() - before);
}

/// The request ends when its callback has returned, and does not wait for more of the body.
#[test]
fn an_abort_in_a_callback_waits_for_no_more() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).body("bytes").hold(Stage::Done));
    let controller = Rc::new(AbortController::new());
    let outcome = Rc::new(Cell::new(None));
    let (aborts, seen) = (Rc::clone(&controller), Rc::clone(&outcome));
    Request::get("/x")
        .signal(&controller)
        .on_chunk(move |_| aborts.abort())
        .send_fn(move |response| seen.set(Some(response.outcome())))
        .unwrap();
    run();
    assert_eq!(outcome.get(), Some(Outcome::Aborted));
    assert_eq!((script.live_structs(), stats().live), (0, 0));
}

//! Panics do not cross C, and come out of `run`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use fetch_runtime::{Outcome, Request, Response, fetch, fetch_handler, poll, stats};
use fetch_shared::scenario::Drops;

use crate::script::panic_of;
use crate::server;

/// The message that `run` panics with.
fn panic_of_run() -> String {
    panic_of(fetch_runtime::run)
}

#[fetch_handler]
fn panics(response: Response) {
    panic!("status {}", response.status());
}

#[fetch_handler]
fn fails(response: Response) -> Result<(), String> {
    Err(format!("it was {}", response.status()))
}

#[test]
fn a_panic_stops_a_stream() {
    let calls = Rc::new(Cell::new(0));
    let (count, drops) = (Rc::clone(&calls), Drops::default());
    let guard = drops.guard();
    let on_chunk = move |_| {
        let _ = &guard;
        count.set(count.get() + 1);
        panic!("on purpose");
    };
    let outcome = Rc::new(Cell::new(None));
    let seen = Rc::clone(&outcome);
    // As good as endless.
    Request::get(server().url("/drip/1000000/20"))
        .on_chunk(on_chunk)
        .send_fn(move |response| seen.set(Some(response.outcome())))
        .unwrap();
    assert_eq!(panic_of_run(), "on purpose");
    fetch_runtime::run();
    assert_eq!((calls.get(), outcome.get()), (1, Some(Outcome::Aborted)));
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_panic_comes_out_of_run_after_the_close() {
    fetch!(GET server().url("/status/204") => panics).unwrap();
    assert_eq!(panic_of_run(), "status 204");
    assert_eq!((stats().live, stats().completed), (0, 1));
    fetch_runtime::run();
}

#[test]
fn an_error_is_reported_as_a_panic_is() {
    fetch!(GET server().url("/status/204") => fails).unwrap();
    let message = panic_of_run();
    assert_eq!(message, "fetch handler `native::panics::fails` failed: it was 204");
    assert_eq!(stats().live, 0);
}

#[test]
fn run_goes_on_with_what_is_left() {
    let drops = Drops::default();
    for _ in 0..10 {
        let guard = drops.guard();
        fetch!(GET server().url("/empty") => move |_| {
            let _dropped_by_unwinding = guard;
            panic!("one of ten");
        })
        .unwrap();
    }
    for _ in 0..10 {
        assert_eq!(panic_of_run(), "one of ten");
    }
    fetch_runtime::run();
    assert_eq!((drops.count(), stats().live, stats().completed), (10, 0, 10));
}

#[test]
fn a_panic_in_upload_leaves_the_request_alone() {
    let mut calls = 0;
    let completed = Rc::new(Cell::new(false));
    let done = Rc::clone(&completed);
    fetch!(
        PUT server().url("/upload/slow/20"),
        body: vec![7; 4 << 20],
        on_upload: move |_| {
            calls += 1;
            assert!(calls > 2, "in upload {calls}");
        },
        => move |response: Response| {
            assert!(response.is_success());
            done.set(true);
        }
    )
    .unwrap();
    for call in 1..=2 {
        assert_eq!(panic_of_run(), format!("in upload {call}"));
    }
    fetch_runtime::run();
    assert!(completed.get());
}

#[test]
fn a_panic_in_progress_leaves_the_request_alone() {
    let mut completed = false;
    fetch!(
        GET server().url("/drip/3/60"),
        on_progress: |_| panic!("in progress"),
        => |response: Response| assert!(response.is_success())
    )
    .unwrap();
    let mut panics = 0;
    while !completed {
        match catch_unwind(AssertUnwindSafe(fetch_runtime::run)) {
            Ok(()) => completed = true,
            Err(_) => panics += 1,
        }
    }
    assert!(panics >= 1);
    assert_eq!((stats().live, stats().completed), (0, 1));
}

/// Its message is "dropped".
pub(crate) struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_panic_while_a_context_is_dropped() {
    let context = PanicsWhenDropped;
    fetch!(GET server().url("/empty") => move |_| drop(context)).unwrap();
    assert_eq!(panic_of_run(), "dropped");

    let progress = PanicsWhenDropped;
    let request = Request::get(server().url("/empty")).on_progress(move |_| {
        let _keep = &progress;
    });
    let called = Rc::new(Cell::new(false));
    let seen = Rc::clone(&called);
    request.send_fn(move |_| seen.set(true)).unwrap();
    assert_eq!(panic_of_run(), "dropped");
    assert!(called.get(), "the handler is called all the same");
    assert_eq!((stats().live, stats().completed), (0, 2));
}

#[test]
fn poll_panics_as_run_does() {
    fetch!(GET server().url("/empty") => |_| panic!("polled")).unwrap();
    let panicked = loop {
        if catch_unwind(poll).is_err() {
            break true;
        }
        if stats().live == 0 {
            break false;
        }
        std::thread::yield_now();
    };
    assert!(panicked);
    assert_eq!(stats().live, 0);
}

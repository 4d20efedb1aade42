//! Bodies of requests, as they leave.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    AbortController, Fetch, Outcome, Progress, Request, StartError, fetch, sleep, stats,
};

use crate::pattern::pattern;
use crate::scenario::{Drops, Test};

scenarios! { $ for_each_uploads_scenario:
    grows_to_the_whole
    a_short_body
    without_a_body
    beside_the_progress_of_the_response
    awaited
    literals
    a_redirect_that_sends_it_again
    a_redirect_that_drops_it
    an_error_status
    breaks_off
    refused
    timeout
    an_abort_between_two_reports
    an_abort_inside
    a_signal
    a_future_that_is_dropped
    a_request_from_inside
    dropped_before_the_handler
    conflicting_options
}

/// The length of the bodies: more than the buffers of a connection have room for.
const LENGTH: usize = 16 << 20;

/// The reports on one upload.
#[derive(Clone, Default)]
struct Seen(Rc<RefCell<Vec<Progress>>>);

impl Seen {
    /// Checks each report as it comes.
    fn recorder(&self, length: usize) -> impl FnMut(Progress) + 'static {
        let seen = Rc::clone(&self.0);
        move |progress| {
            let mut seen = seen.borrow_mut();
            let last = seen.last().map_or(0, |last| last.loaded);
            assert!(progress.loaded > last, "{progress:?} after {last}");
            assert!(progress.loaded <= length as u64, "{progress:?}");
            assert_eq!(progress.total, Some(length as u64));
            seen.push(progress);
        }
    }

    fn last(&self) -> u64 {
        self.0.borrow().last().map_or(0, |last| last.loaded)
    }

    fn count(&self) -> usize {
        self.0.borrow().len()
    }
}

fn put(url: String, body: Vec<u8>, seen: &Seen) -> Request {
    let on_upload = seen.recorder(body.len());
    Request::put(url).body(body).on_upload(on_upload)
}

/// It takes a while, so there is a report before that of the whole. A busy browser joins them.
fn grows_to_the_whole(t: &Test) {
    let seen = Seen::default();
    t.send(put(t.url("/upload/slow/20"), pattern(LENGTH), &seen), move |_, response| {
        assert!(response.is_success(), "{response:?}");
        assert_eq!(response.text(), LENGTH.to_string());
        assert_eq!(seen.last(), LENGTH as u64);
        assert!(seen.count() >= 2, "{seen:?}", seen = seen.0.borrow());
    });
}

fn a_short_body(t: &Test) {
    for length in [1, 1000] {
        let seen = Seen::default();
        t.send(put(t.url("/echo"), pattern(length), &seen), move |_, response| {
            assert_eq!(response.body(), pattern(length));
            assert_eq!((seen.count(), seen.last()), (1, length as u64));
        });
    }
}

/// Nothing is reported.
fn without_a_body(t: &Test) {
    let request = || Request::post(t.url("/echo"));
    for request in [request(), request().body(""), request().body("x").body("")] {
        let request = request.on_upload(|_| unreachable!("there is no body"));
        t.send(request, |_, response| {
            assert!(response.is_success() && response.body().is_empty(), "{response:?}");
        });
    }
}

/// Each of the two closures gets its own.
fn beside_the_progress_of_the_response(t: &Test) {
    let sent = Seen::default();
    let received: Rc<RefCell<Vec<Progress>>> = Rc::default();
    let sink = Rc::clone(&received);
    let before = sent.clone();
    let request = Request::post(t.url("/play?status=200&body=abc&pause=60&noise=70000"))
        .on_progress(move |progress| {
            assert_eq!(before.last(), 300_000, "all of the request comes before the response");
            sink.borrow_mut().push(progress);
        })
        .body(pattern(300_000))
        .on_upload(sent.recorder(300_000));
    t.send(request, move |_, response| {
        assert_eq!(response.body().len(), 70_003);
        assert_eq!(sent.last(), 300_000);
        assert_eq!(received.borrow().last().map(|last| last.loaded), Some(70_003));
    });
}

fn awaited(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let seen = Seen::default();
        let response = put(test.url("/echo"), pattern(100_000), &seen).await.expect("it begins");
        assert_eq!(response.body(), pattern(100_000));
        assert_eq!(seen.last(), 100_000);
        assert_eq!(Rc::strong_count(&seen.0), 1);
        assert_eq!(stats().live, 0);
    });
}

fn literals(t: &Test) {
    let seen = Rc::new(Cell::new(0));
    let (sent, called) = (Rc::clone(&seen), t.expect());
    fetch!(
        POST t.url("/echo"),
        body: "literal",
        on_upload: move |progress| sent.set(progress.loaded),
        => move |response| {
            called();
            assert_eq!((response.text().into_owned(), seen.get()), ("literal".to_owned(), 7));
        }
    )
    .unwrap();
}

/// What was reported is not taken back.
fn a_redirect_that_sends_it_again(t: &Test) {
    for code in [307, 308] {
        let seen = Seen::default();
        let url = t.url(&format!("/redirect/{code}?to=/upload/slow/10"));
        t.send(put(url, pattern(LENGTH / 8), &seen), move |_, response| {
            assert_eq!(response.text(), (LENGTH / 8).to_string(), "{response:?}");
            assert_eq!(seen.last(), LENGTH as u64 / 8);
        });
    }
}

fn a_redirect_that_drops_it(t: &Test) {
    let seen = Seen::default();
    let url = t.url("/redirect/303?to=/echo");
    t.send(put(url, pattern(1000), &seen), move |_, response| {
        assert_eq!(response.header("x-method"), Some("GET"), "{response:?}");
        assert_eq!((seen.count(), seen.last()), (1, 1000));
    });
}

fn an_error_status(t: &Test) {
    let seen = Seen::default();
    t.send(put(t.url("/status/413"), pattern(1000), &seen), move |_, response| {
        assert_eq!((response.outcome(), response.status()), (Outcome::HttpError, 413));
        assert_eq!(seen.last(), 1000);
    });
}

/// The server takes a part of the body.
fn breaks_off(t: &Test) {
    let seen = Seen::default();
    let url = t.url("/upload/breaks/300000");
    t.send(put(url, pattern(LENGTH), &seen), move |_, response| {
        assert_eq!(response.outcome(), Outcome::NetworkError, "{response:?}");
        assert_eq!(response.status(), 0);
        let last = seen.last();
        assert!(last < LENGTH as u64, "{last} bytes cannot have left");
    });
}

/// No program listens on the port.
fn refused(t: &Test) {
    let request = Request::put("http://127.0.0.1:1/").body("x");
    let request = request.on_upload(|_| unreachable!("nothing leaves"));
    t.send(request, |_, response| assert_eq!(response.outcome(), Outcome::NetworkError));
}

/// The server takes nothing.
fn timeout(t: &Test) {
    let seen = Seen::default();
    let request = put(t.url("/upload/hangs"), pattern(LENGTH), &seen);
    t.send(request.timeout(Duration::from_millis(600)), move |_, response| {
        assert_eq!((response.outcome(), response.status()), (Outcome::Timeout, 0));
        assert!(seen.last() < LENGTH as u64);
    });
}

/// No report comes after it.
fn an_abort_between_two_reports(t: &Test) {
    let (seen, test) = (Seen::default(), t.clone());
    let is_aborted = Rc::new(Cell::new(false));
    let aborted = Rc::clone(&is_aborted);
    let mut record = seen.recorder(LENGTH);
    let request = Request::put(t.url("/upload/slow/100")).body(pattern(LENGTH));
    let request = request.on_upload(move |progress| {
        assert!(!aborted.get(), "a report after the abort");
        record(progress);
    });
    let fetch = t.send(request, move |_, response| {
        assert_eq!(response.outcome(), Outcome::Aborted);
    });
    t.spawn(async move {
        while seen.count() == 0 {
            sleep(Duration::from_millis(10)).await;
        }
        fetch.abort();
        is_aborted.set(true);
        assert!(fetch.is_finished(), "it ends at once");
        // The server goes on for a while.
        sleep(Duration::from_millis(300)).await;
        let response = Request::get(test.url("/empty")).await.expect("it begins");
        assert!(response.is_success());
    });
}

/// The request ends when the closure has returned, and the closure is not called again.
fn an_abort_inside(t: &Test) {
    let own: Rc<RefCell<Option<Fetch>>> = Rc::default();
    let (inside, calls) = (Rc::clone(&own), Rc::new(Cell::new(0)));
    let count = Rc::clone(&calls);
    let request = Request::put(t.url("/upload/slow/20")).body(pattern(LENGTH));
    let request = request.on_upload(move |_| {
        count.set(count.get() + 1);
        let fetch = inside.take().expect("it is called once");
        fetch.abort();
        assert!(!fetch.is_finished(), "its callback runs");
    });
    let fetch = t.send(request, move |_, response| {
        assert_eq!(response.outcome(), Outcome::Aborted);
        assert_eq!(calls.get(), 1);
    });
    own.replace(Some(fetch));
}

fn a_signal(t: &Test) {
    let controller = AbortController::new();
    let request = Request::put(t.url("/upload/slow/50")).body(pattern(LENGTH));
    let signal = controller.signal();
    let request = request.signal(&signal).on_upload(move |_| controller.abort());
    t.send(request, |_, response| assert_eq!(response.outcome(), Outcome::Aborted));
}

/// In flight, and inside of its own report.
fn a_future_that_is_dropped(t: &Test) {
    let (test, drops) = (t.clone(), Drops::default());
    t.spawn(async move {
        let (is_lost, guard) = (Rc::new(Cell::new(false)), drops.guard());
        let lost = Rc::clone(&is_lost);
        let upload = Request::put(test.url("/upload/hangs")).body(pattern(LENGTH));
        let upload = upload.on_upload(move |_| {
            let _keep = &guard;
            assert!(!lost.get(), "a report after the drop");
        });
        let late = fetch_runtime::timeout(Duration::from_millis(200), upload).await;
        is_lost.set(true);
        assert!(late.is_err(), "it never ends");
        assert_eq!((drops.count(), stats().live), (1, 0));
        sleep(Duration::from_millis(200)).await;
    });
}

/// It starts at once, and reports its own upload.
fn a_request_from_inside(t: &Test) {
    let (test, inner) = (t.clone(), Seen::default());
    let mut started = false;
    let outer = Seen::default();
    let mut record = outer.recorder(1000);
    let request = Request::put(t.url("/echo")).body(pattern(1000)).on_upload(move |progress| {
        record(progress);
        assert!(!std::mem::replace(&mut started, true));
        let inner = inner.clone();
        test.send(put(test.url("/echo"), pattern(2000), &inner), move |_, response| {
            assert_eq!(response.body().len(), 2000);
            assert_eq!(inner.last(), 2000);
        });
    });
    t.send(request, move |_, response| {
        assert_eq!(response.body().len(), 1000);
        assert_eq!(outer.last(), 1000);
    });
}

fn dropped_before_the_handler(t: &Test) {
    for path in ["/echo", "/status/500"] {
        let drops = Drops::default();
        let (first, second) = (drops.guard(), drops.guard());
        let request = Request::post(t.url(path)).body("x").on_upload(move |_| drop_later(&first));
        // The second one replaces the first.
        let request = request.on_upload(move |_| drop_later(&second));
        assert_eq!(drops.count(), 1);
        t.send(request, move |_, _| assert_eq!(drops.count(), 2));
    }
}

fn drop_later<T>(_: &T) {}

fn conflicting_options(t: &Test) {
    let url = t.url("/echo");
    let error = |request: Request| request.send_fn(|_| unreachable!()).map(drop).unwrap_err();
    for request in [Request::get(url.as_str()), Request::head(url.as_str())] {
        let error = error(request.on_upload(|_| ()));
        assert!(matches!(error, StartError::BodyNotAllowed { .. }), "{error}");
    }
    for request in [Request::idb_store("k").body("x"), Request::idb_delete("k")] {
        let error = error(request.on_upload(|_| ()));
        assert!(
            matches!(error, StartError::OptionNotAllowed { option: "on_upload", .. }),
            "{error}"
        );
    }
    let stream = Request::post(url.as_str()).body("x").on_upload(|_| ()).on_chunk(|_| ());
    match error(stream) {
        StartError::StreamingNotSupported => {}
        error => assert_eq!(
            error.to_string(),
            "the response cannot be streamed: browsers do not report the upload of a streamed \
             request: remove `on_upload` or `on_chunk`"
        ),
    }
    let request = Request::post(url.as_str()).body("x").on_upload(|_| ());
    assert!(request.try_clone().is_none());
}

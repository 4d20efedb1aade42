//! The observer of requests, and the log.

use std::cell::RefCell;
use std::time::Duration;

use fetch_runtime::{Outcome, Request, RequestEvent, StartError, fetch, set_observer};

use crate::scenario::Test;

scenarios! { $ for_each_observer_scenario:
    each_request_has_a_start_and_an_end
    failures_are_warnings
    a_dropped_future_ends_as_aborted
    an_observer_that_panics_harms_no_request
}

thread_local! {
    /// The events of this thread's requests, and the records of the log with their levels.
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static RECORDS: RefCell<Vec<(log::Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// The time differs from run to run.
fn without_time(line: &str) -> String {
    match line.rsplit_once(", ") {
        Some((start, time)) if time.ends_with(" ms") => format!("{start}, … ms"),
        _ => line.to_owned(),
    }
}

fn observe(event: &RequestEvent<'_>) {
    EVENTS.with_borrow_mut(|events| events.push(without_time(&event.to_string())));
    match event {
        RequestEvent::Started { url, .. } if url.contains("?panic=*") => panic!("at the start"),
        RequestEvent::Ended { url, response, elapsed, outcome, .. } => {
            assert!(*elapsed < Duration::from_secs(600));
            assert_eq!(response.map_or(Outcome::Aborted, |response| response.outcome()), *outcome);
            assert!(!url.contains("?panic=*"), "at the end");
        }
        _ => {}
    }
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.target() == "fetch_runtime" {
            let line = without_time(&record.args().to_string());
            RECORDS.with_borrow_mut(|records| records.push((record.level(), line)));
        }
    }

    fn flush(&self) {}
}

/// Installs the observer and the logger, once in a process, and forgets this thread's events.
fn observed() {
    // Errors: another scenario has installed them.
    let _ = set_observer(observe);
    let _ = log::set_logger(&Logger);
    log::set_max_level(log::LevelFilter::Trace);
    EVENTS.take();
    RECORDS.take();
}

/// Checks the events and records since the last check. They say the same.
#[track_caller]
fn assert_observed(expected: &[(log::Level, String)]) {
    assert_eq!(RECORDS.take(), expected);
    let expected: Vec<_> = expected.iter().map(|(_, line)| line.clone()).collect();
    assert_eq!(EVENTS.take(), expected);
}

use log::Level::{Debug, Warn};

/// Two events each, and the second one before the handler.
fn each_request_has_a_start_and_an_end(t: &Test) {
    observed();
    let url = t.url("/bytes/7");
    t.send(Request::get(format!("{url}?token=secret&page=2#top")), move |t, response| {
        assert!(response.is_success());
        let shown = format!("GET {url}?token=*&page=*");
        assert_observed(&[
            (Debug, format!("{shown}: started")),
            (Debug, format!("{shown}: success, status 200, cache Bypass, 7 bytes, … ms")),
        ]);
        t.send(fetch!(IDB_STORE "observer/1", body: "save"), |t, _| {
            assert_observed(&[
                (Debug, "IDB_STORE observer/1: started".into()),
                (
                    Debug,
                    "IDB_STORE observer/1: success, status 200, cache Stored, 0 bytes, … ms".into(),
                ),
            ]);
            t.send(fetch!(GET "observer/1", cache: OnlyIfCached), |_, _| {
                assert_observed(&[
                    (Debug, "GET observer/1: started".into()),
                    (Debug, "GET observer/1: success, status 200, cache Hit, 4 bytes, … ms".into()),
                ]);
            });
        });
    });
    t.then(|_| assert_observed(&[]));
}

/// An HTTP error, a timeout, an invalid value.
fn failures_are_warnings(t: &Test) {
    observed();
    let url = t.url("/status/404");
    t.send(Request::get(&url), move |t, _| {
        assert_observed(&[
            (Debug, format!("GET {url}: started")),
            (
                Warn,
                format!("GET {url}: HTTP error status, status 404, cache Bypass, 10 bytes, … ms"),
            ),
        ]);
        let url = t.url("/slow/600000");
        let request = Request::post(&url).body("x").timeout(Duration::from_millis(50));
        t.send(request, move |_, _| {
            assert_observed(&[
                (Debug, format!("POST {url}: started")),
                (Warn, format!("POST {url}: timeout, status 0, cache Bypass, 0 bytes, … ms")),
            ]);
        });
    });
    t.then(|_| {
        let error = Request::get("http://a b/?token=secret").send_fn(|_| ()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::InvalidUrl { .. }));
        assert_observed(&[(
            Warn,
            "GET http://a b/?token=*: not started: invalid URL: the host contains an invalid \
             character"
                .into(),
        )]);
    });
}

/// Nothing else is told that it has ended.
fn a_dropped_future_ends_as_aborted(t: &Test) {
    observed();
    let url = t.url("/slow/600000");
    t.spawn(async move {
        let request = fetch!(GET & url);
        let late = fetch_runtime::timeout(Duration::from_millis(50), request).await;
        assert!(late.is_err());
        assert_observed(&[
            (Debug, format!("GET {url}: started")),
            (Debug, format!("GET {url}: aborted, … ms")),
        ]);
    });
}

/// The request goes on, and its handler is called. On the desktop, `run` panics for each of the two
/// panics; a page would report them as those of a handler.
fn an_observer_that_panics_harms_no_request(t: &Test) {
    if cfg!(target_os = "emscripten") {
        return;
    }
    observed();
    t.send(Request::get(t.url("/bytes/7?panic=1")), |_, response| {
        assert_eq!(response.body().len(), 7);
    });
    let mut panics = 0;
    while t.is_pending() {
        panics += usize::from(std::panic::catch_unwind(fetch_runtime::run).is_err());
    }
    assert_eq!(panics, 2);
}

//! Requests that block their thread. On the web that is a worker; with JSPI, it is the page's.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, CacheStatus, Credentials, Outcome, Request, Response, StartError,
    fetch, stats,
};

use crate::digest::sha384;
use crate::pattern::{is_pattern, pattern};
use crate::scenario::{Test, is_jspi};

scenarios! { $ for_each_blocking_scenario:
    every_status
    the_request_is_sent_whole
    redirects
    a_base_url
    network_errors
    timeout
    others_wait
    inside_a_handler
    many
    on_a_thread_of_its_own
    conflicting_options
    literals
    integrity
}

fn response(request: Request) -> Response {
    request.send_blocking().expect("it begins")
}

/// The program's base replaces that of the page or worker.
fn a_base_url(t: &Test) {
    let found = t.with_base("/bytes/", || response(Request::get("1001")));
    assert_eq!((found.outcome(), found.body().len()), (Outcome::Success, 1001));
}

/// The responses are complete: status, headers and body.
fn every_status(t: &Test) {
    let before = stats();
    let found = response(Request::get(t.url("/bytes/1000")));
    assert_eq!((found.outcome(), found.cache_status()), (Outcome::Success, CacheStatus::Bypass));
    assert_eq!((found.status(), found.status_text(), found.body().len()), (200, "OK", 1000));
    assert!(is_pattern(found.body(), 0));
    assert_eq!(found.headers().expect("they came").get("content-length"), Some("1000"));

    let empty = response(Request::get(t.url("/status/204")));
    assert_eq!((empty.outcome(), empty.status(), empty.body()), (Outcome::Success, 204, &b""[..]));

    let missing = response(Request::get(t.url("/status/404")));
    assert_eq!((missing.outcome(), missing.status()), (Outcome::HttpError, 404));
    assert_eq!((missing.status_text(), missing.body().len()), ("Not Found", 10));
    assert!(missing.headers().is_some());
    assert!(missing.into_result().is_err());

    let after = stats();
    assert_eq!((after.started - before.started, after.completed - before.completed), (3, 3));
    assert_eq!((after.closed - before.closed, after.live), (3, before.live));
}

/// The method, the headers and the body are sent.
fn the_request_is_sent_whole(t: &Test) {
    let request = Request::post(t.url("/echo"))
        .header("Content-Type", "text/blocking")
        .credentials(Credentials::Include)
        .body(b"a body".repeat(10_000));
    let echo = response(request);
    assert_eq!(echo.body(), b"a body".repeat(10_000));
    let headers = echo.headers().expect("they came");
    assert_eq!(
        (headers.get("x-method"), headers.get("content-type")),
        (Some("POST"), Some("text/blocking"))
    );

    let head = response(Request::head(t.url("/bytes/1000")));
    assert!(head.is_success() && head.body().is_empty());
}

/// Redirects are followed. The final URL is known if an asynchronous request knows it.
fn redirects(t: &Test) {
    let url = t.url("/redirect/302?to=/bytes/9");
    let redirected = response(Request::get(url.as_str()));
    assert_eq!((redirected.status(), redirected.body().len()), (200, 9));
    let final_url = redirected.final_url().map(str::to_owned);
    t.send(Request::get(url), move |_, response| {
        assert_eq!(response.final_url(), final_url.as_deref());
    });
}

/// The server does not answer, or not completely.
fn network_errors(t: &Test) {
    for url in ["http://127.0.0.1:1/".to_owned(), t.url("/reset/1000")] {
        let broken = response(Request::get(url));
        assert_eq!(broken.outcome(), Outcome::NetworkError);
        assert_eq!((broken.status(), broken.status_text(), broken.body()), (0, "", &b""[..]));
        assert!(broken.headers().is_none() && broken.final_url().is_none());
    }
}

/// Emscripten alone would wait for ever.
fn timeout(t: &Test) {
    for path in ["/slow/60000", "/drip/100/1000"] {
        let late = response(Request::get(t.url(path)).timeout(Duration::from_millis(300)));
        assert_eq!(late.outcome(), Outcome::Timeout, "{path}");
        assert_eq!((late.status(), late.body()), (0, &b""[..]));
    }
    // A timeout that is not reached, and the longest one.
    for timeout in [Duration::from_secs(60), Duration::from_millis(u32::MAX.into())] {
        assert!(response(Request::get(t.url("/slow/10")).timeout(timeout)).is_success());
    }
    // The changes for its timeout are undone: other requests have their own timeout, or none.
    let refused = response(Request::get("http://127.0.0.1:1/").timeout(Duration::from_secs(60)));
    assert_eq!(refused.outcome(), Outcome::NetworkError);
    t.send(Request::get(t.url("/slow/400")), |_, response| assert!(response.is_success()));
}

/// Other callbacks run when the thread does not wait any more. With JSPI they run meanwhile.
fn others_wait(t: &Test) {
    let called = Rc::new(Cell::new(0));
    for path in ["/bytes/10", "/status/404", "/drip/3/10"] {
        let (count, progress) = (Rc::clone(&called), Rc::clone(&called));
        let request =
            Request::get(t.url(path)).on_progress(move |_| progress.set(progress.get() + 1));
        t.send(request, move |_, _| count.set(count.get() + 1));
    }
    assert!(response(Request::get(t.url("/slow/300"))).is_success());
    if is_jspi() {
        assert!(called.get() > 0);
    } else {
        assert_eq!((called.get(), stats().live), (0, 3));
    }
    t.then(move |_| assert!(called.get() >= 3));
}

/// A thread can wait inside a handler, too. With JSPI, the stack of a handler cannot.
fn inside_a_handler(t: &Test) {
    t.send(Request::get(t.url("/bytes/10")), |t, first| {
        assert!(first.is_success());
        let second = Request::get(t.url("/bytes/11")).send_blocking();
        if is_jspi() {
            assert_eq!(second.expect_err("it may not wait"), StartError::WouldBlock);
        } else {
            assert_eq!(second.expect("it begins").body().len(), 11);
        }
        assert_eq!(stats().live, 0);
    });
}

/// Many requests, one after the other, leave nothing behind.
fn many(t: &Test) {
    let before = stats();
    for i in 0..200_u64 {
        let length = response(Request::get(t.url(&format!("/bytes/{i}")))).body().len();
        assert_eq!(length as u64, i);
    }
    assert_eq!((stats().completed - before.completed, stats().live), (200, before.live));
}

/// A thread of its own needs no event loop.
fn on_a_thread_of_its_own(t: &Test) {
    let url = t.url("/bytes/77");
    let thread = std::thread::spawn(move || {
        let lengths = [(); 3].map(|()| response(Request::get(url.as_str())).body().len());
        (lengths, stats())
    });
    let (lengths, stats) = thread.join().expect("no panic");
    assert_eq!(lengths, [77; 3]);
    assert_eq!((stats.started, stats.completed, stats.closed, stats.live), (3, 3, 3, 0));
}

/// Options that a blocked thread cannot have in a browser are refused on all targets.
fn conflicting_options(t: &Test) {
    let url = t.url("/bytes/10");
    let get = || Request::get(url.as_str());
    let controller = AbortController::new();
    let before = stats();
    let requests = [
        (get().cache(CacheMode::ForceCache), "`send`"),
        (get().cache(CacheMode::OnlyIfCached), "`send`"),
        (Request::idb_store("key").body("record"), "`send`"),
        (Request::idb_delete("key"), "`send`"),
        (get().on_progress(|_| ()), "`on_progress`"),
        (Request::post(t.url("/echo")).body("x").on_upload(|_| ()), "`on_upload`"),
        (get().signal(&controller.signal()), "`signal`"),
    ];
    for (request, remedy) in requests {
        let error = request.send_blocking().unwrap_err();
        assert!(matches!(error, StartError::BlockingNotAllowed { .. }), "{error}");
        assert!(error.to_string().contains(remedy), "{error}");
    }
    let error = get().on_chunk(|_| ()).send_blocking().unwrap_err();
    assert!(matches!(
        error,
        StartError::BlockingNotAllowed { .. } | StartError::StreamingNotSupported
    ));
    // The first that was refused.
    let error =
        Request::get("http://a b/").cache(CacheMode::ForceCache).send_blocking().unwrap_err();
    assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    let error = get().header("a b", "").on_progress(|_| ()).send_blocking().unwrap_err();
    assert!(matches!(error, StartError::InvalidHeaderName { .. }), "{error}");
    assert_eq!(stats(), before);
}

/// A request of `fetch!` without a handler.
fn literals(t: &Test) {
    let base = t.url("");
    let request =
        fetch!(POST format!("{base}/echo"), body: "literal", timeout: Duration::from_secs(60));
    assert_eq!(response(request).body(), b"literal");
}

/// A blocked thread compares as well.
fn integrity(t: &Test) {
    let request = |metadata| Request::get(t.url("/bytes/3036")).integrity(metadata);
    let good = response(request(sha384(&pattern(3036))));
    assert!(good.is_success() && good.body().len() == 3036);
    let bad = response(request(sha384(b"another body")));
    assert_eq!((bad.outcome(), bad.status()), (Outcome::IntegrityMismatch, 200));
    assert!(bad.body().is_empty());
}

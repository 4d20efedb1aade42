//! Bodies that a program gets as they arrive.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    AbortController, Body, CacheMode, Chunk, Fetch, Outcome, Progress, Request, Response,
    StartError, fetch,
};

use crate::digest::sha384;
use crate::engine::Difference;
use crate::pattern::{is_pattern, pattern};
use crate::scenario::{Drops, Test};

scenarios! { $ for_each_streaming_scenario:
    in_order_without_gaps
    without_a_body
    error_status
    post
    compressed
    broken
    broken_in_a_content_coding
    timeout
    a_broken_one_beside_another
    abort
    abort_ends_the_transfer
    progress
    chunks_can_be_kept
    closures_are_dropped_once
    literals
    request_headers
    redirects
    conflicting_options
    integrity
}

/// The part of a body that has come.
#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    statuses: Vec<u16>,
    totals: Vec<Option<u64>>,
}

/// Collects chunks, and checks of each that nothing is missing before it.
fn collector() -> (Rc<RefCell<Seen>>, impl FnMut(Chunk) + 'static) {
    let seen: Rc<RefCell<Seen>> = Rc::default();
    let sink = Rc::clone(&seen);
    (seen, move |chunk: Chunk| {
        let mut seen = sink.borrow_mut();
        assert!(!chunk.is_empty());
        assert_eq!(chunk.offset(), seen.bytes.len() as u64);
        seen.statuses.push(chunk.status());
        seen.totals.push(chunk.total());
        seen.bytes.extend_from_slice(&chunk);
    })
}

/// The same. When it has `length` bytes, it has the server break the connection of this name.
fn collector_that_resets(
    t: &Test,
    length: usize,
    name: &'static str,
) -> (Rc<RefCell<Seen>>, impl FnMut(Chunk) + use<>) {
    let (seen, mut collect) = collector();
    let (test, so_far) = (t.clone(), Rc::clone(&seen));
    (seen, move |chunk: Chunk| {
        collect(chunk);
        if so_far.borrow().bytes.len() == length {
            let now = Request::post(test.url(&format!("/reset-now/{name}")));
            test.send(now, |_, response| assert!(response.is_success(), "{response:?}"));
        }
    })
}

#[track_caller]
fn assert_no_answer(response: &Response, outcome: Outcome) {
    assert_eq!(response.outcome(), outcome);
    assert_eq!((response.status(), response.status_text()), (0, ""));
    assert!(
        response.body().is_empty()
            && response.headers().is_none()
            && response.final_url().is_none()
    );
}

/// Every byte comes once, in order, before the handler is called.
fn in_order_without_gaps(t: &Test) {
    for (path, length) in [("/bytes/3000000", Some(3_000_000)), ("/chunked/3000000", None)] {
        let (seen, on_chunk) = collector();
        t.send(Request::get(t.url(path)).on_chunk(on_chunk), move |_, response| {
            let seen = seen.take();
            assert_eq!((response.outcome(), response.status()), (Outcome::Success, 200));
            assert_eq!(response.status_text(), "OK");
            assert!(response.body().is_empty());
            assert!(response.headers().is_some_and(|headers| headers.iter().count() > 0));
            assert_eq!(seen.bytes.len(), 3_000_000);
            assert!(is_pattern(&seen.bytes, 0));
            assert!(seen.statuses.iter().all(|status| *status == 200));
            assert!(seen.totals.iter().all(|total| *total == length), "{:?}", seen.totals);
        });
    }
    // The server takes two seconds, so this one comes in several chunks to a slow page, too.
    let (seen, on_chunk) = collector();
    t.send(Request::get(t.url("/drip/5/400")).on_chunk(on_chunk), move |_, response| {
        let seen = seen.take();
        assert!(response.is_success());
        assert_eq!(seen.bytes, pattern(1000).repeat(5));
        assert!(seen.statuses.len() > 1);
    });
}

/// There is no chunk, and no error; Emscripten alone would report one.
fn without_a_body(t: &Test) {
    for (path, status) in [("/status/204", 204), ("/empty", 200)] {
        t.send(
            Request::get(t.url(path)).on_chunk(|chunk| panic!("{chunk:?}")),
            move |_, response| {
                assert_eq!(
                    (response.outcome(), response.status()),
                    (Outcome::Success, status),
                    "{path}"
                );
                assert!(!response.status_text().contains("body"), "{}", response.status_text());
                assert!(response.body().is_empty());
            },
        );
    }
}

/// The page that comes with an error.
fn error_status(t: &Test) {
    let (seen, on_chunk) = collector();
    t.send(Request::get(t.url("/status/404")).on_chunk(on_chunk), move |_, response| {
        let seen = seen.take();
        assert_eq!((response.outcome(), response.status()), (Outcome::HttpError, 404));
        assert_eq!(
            (seen.bytes.as_slice(), seen.statuses.as_slice()),
            (&b"status 404"[..], &[404][..])
        );
        assert!(response.body().is_empty());
    });
}

/// A body goes up, and comes back in chunks.
fn post(t: &Test) {
    let (seen, on_chunk) = collector();
    let request =
        Request::post(t.url("/echo")).header("Content-Type", "text/x-test").body(pattern(500_000));
    t.send(request.on_chunk(on_chunk), move |_, response| {
        assert_eq!(
            response.headers().and_then(|headers| headers.get("content-type")),
            Some("text/x-test")
        );
        assert!(seen.borrow().bytes.len() == 500_000 && is_pattern(&seen.borrow().bytes, 0));
    });
}

/// The chunks are decompressed.
fn compressed(t: &Test) {
    let (seen, on_chunk) = collector();
    t.send(Request::get(t.url("/gzip/300000")).on_chunk(on_chunk), move |_, response| {
        assert!(response.is_success());
        assert!(seen.borrow().bytes.len() == 300_000 && is_pattern(&seen.borrow().bytes, 0));
    });
}

/// A broken body is not a success, and its last chunk not its body.
fn broken(t: &Test) {
    t.send(Request::get("http://127.0.0.1:1/").on_chunk(|_| ()), |_, response| {
        assert_no_answer(&response, Outcome::NetworkError);
    });
    let (seen, on_chunk) = collector_that_resets(t, 10_000, "length");
    t.send(Request::get(t.url("/reset/10000/length")).on_chunk(on_chunk), move |_, response| {
        assert_no_answer(&response, Outcome::NetworkError);
        assert!(is_pattern(&seen.borrow().bytes, 0));
        assert_eq!(seen.borrow().bytes.len(), 10_000);
    });
    let (seen, on_chunk) = collector_that_resets(t, 4, "chunked");
    let url = t.url("/play?status=200&body=half&end=break&name=chunked");
    t.send(Request::get(url).on_chunk(on_chunk), move |_, response| {
        match Difference::BreakInChunkedBodyUnseen.is_here() {
            true => assert_eq!(response.outcome(), Outcome::Success),
            false => assert_no_answer(&response, Outcome::NetworkError),
        }
        assert_eq!(seen.borrow().bytes, b"half");
    });
}

/// The connection breaks after half of the coded bytes.
fn broken_in_a_content_coding(t: &Test) {
    let (seen, on_chunk) = collector();
    let url = t.url("/resumable/coded-stream?size=40000&gzip=1");
    t.send(Request::get(url).on_chunk(on_chunk), move |_, response| {
        match Difference::BreakInCodedBodyUnseen.is_here() {
            true => assert_eq!(response.outcome(), Outcome::Success),
            false => assert_no_answer(&response, Outcome::NetworkError),
        }
        assert!(seen.borrow().bytes.len() < 40_000, "{}", seen.borrow().bytes.len());
    });
}

/// A timeout before the headers, and one in the body.
fn timeout(t: &Test) {
    for (path, chunks) in [("/slow/10000", 0..=0), ("/drip/100/500", 1..=7)] {
        let count = Rc::new(Cell::new(0));
        let counted = Rc::clone(&count);
        let request = Request::get(t.url(path)).timeout(Duration::from_secs(3));
        let request = request.on_chunk(move |_| counted.set(counted.get() + 1));
        t.send(request, move |_, response| {
            assert_no_answer(&response, Outcome::Timeout);
            assert!(chunks.contains(&count.get()), "{} chunks of {path}", count.get());
        });
    }
}

/// A stream that breaks leaves others alone, and the program alive.
fn a_broken_one_beside_another(t: &Test) {
    t.send(Request::get(t.url("/slow/600")), |_, response| assert!(response.is_success()));
    for path in ["/reset/1000", "/status/204"] {
        t.send(Request::get(t.url(path)).on_chunk(|_| ()), |_, _| ());
    }
    let request = Request::get(t.url("/slow/10000")).timeout(Duration::from_millis(100));
    t.send(request.on_chunk(|_| ()), |_, _| ());
}

/// Aborts at once, inside `on_chunk`, and after the end.
fn abort(t: &Test) {
    t.send(Request::get(t.url("/drip/100/100")).on_chunk(|_| ()), |_, response| {
        assert_no_answer(&response, Outcome::Aborted);
    })
    .abort();

    let fetch: Rc<RefCell<Option<Fetch>>> = Rc::default();
    let (itself, chunks) = (Rc::clone(&fetch), Rc::new(Cell::new(0)));
    let counted = Rc::clone(&chunks);
    let request = Request::get(t.url("/drip/100/100")).on_chunk(move |_| {
        counted.set(counted.get() + 1);
        itself.borrow().as_ref().expect("it was started").abort();
    });
    *fetch.borrow_mut() = Some(t.send(request, move |_, response| {
        assert_no_answer(&response, Outcome::Aborted);
        assert_eq!(chunks.get(), 1);
    }));

    let over: Rc<RefCell<Option<Fetch>>> = Rc::default();
    let handle = Rc::clone(&over);
    *over.borrow_mut() =
        Some(t.send(Request::get(t.url("/bytes/10")).on_chunk(|_| ()), move |_, response| {
            assert!(response.is_success());
            handle.take().expect("it was started").abort();
        }));
}

/// A stream that is aborted inside `on_chunk` ends then, and not when the server is done.
fn abort_ends_the_transfer(t: &Test) {
    let started = std::time::Instant::now();
    let fetch: Rc<RefCell<Option<Fetch>>> = Rc::default();
    let itself = Rc::clone(&fetch);
    let request = Request::get(t.url("/drip/1000/30")).on_chunk(move |_| {
        itself.borrow().as_ref().expect("it was started").abort();
    });
    *fetch.borrow_mut() = Some(t.send(request, move |_, response| {
        assert_no_answer(&response, Outcome::Aborted);
        assert!(started.elapsed() < Duration::from_secs(15), "the server takes 30 seconds");
    }));
}

/// Both callbacks are called, `on_chunk` first.
fn progress(t: &Test) {
    let loaded = Rc::new(Cell::new(0));
    let (by_chunks, by_progress) = (Rc::clone(&loaded), Rc::clone(&loaded));
    let last = Rc::new(Cell::new(Progress { loaded: 0, total: None }));
    let seen = Rc::clone(&last);
    for chunk_first in [true, false] {
        let (by_chunks, by_progress) = (Rc::clone(&by_chunks), Rc::clone(&by_progress));
        let (seen, last) = (Rc::clone(&seen), Rc::clone(&last));
        t.then(move |t| {
            by_chunks.set(0);
            let on_chunk = move |chunk: Chunk| by_chunks.set(chunk.offset() + chunk.len() as u64);
            let on_progress = move |progress: Progress| {
                assert_eq!(progress.loaded, by_progress.get());
                seen.set(progress);
            };
            let request = Request::get(t.url("/drip/3/20"));
            let request = if chunk_first {
                request.on_chunk(on_chunk).on_progress(on_progress)
            } else {
                request.on_progress(on_progress).on_chunk(on_chunk)
            };
            t.send(request, move |_, response| {
                assert!(response.is_success());
                assert_eq!(last.get(), Progress { loaded: 3000, total: Some(3000) });
            });
        });
    }
}

/// A program can keep a chunk without a copy.
fn chunks_can_be_kept(t: &Test) {
    let kept: Rc<RefCell<Vec<Body>>> = Rc::default();
    let keep = Rc::clone(&kept);
    let request = Request::get(t.url("/bytes/1000000"));
    t.send(
        request.on_chunk(move |chunk| keep.borrow_mut().push(chunk.into_body())),
        move |_, _| {
            let mut offset = 0;
            for body in kept.take() {
                assert!(is_pattern(&body, offset));
                offset += body.len() as u64;
            }
            assert_eq!(offset, 1_000_000);
        },
    );
}

/// The closures are dropped once, before the handler is called.
fn closures_are_dropped_once(t: &Test) {
    for path in ["/bytes/10", "/status/404", "/reset/10", "/status/204"] {
        let drops = Drops::default();
        let guard = drops.guard();
        let request = Request::get(t.url(path)).on_chunk(move |_| _ = &guard);
        t.send(request, move |_, _| assert_eq!(drops.count(), 1));
    }
}

/// `on_chunk` as an option of the macro, and a signal that aborts a stream.
fn literals(t: &Test) {
    let (seen, on_chunk) = collector();
    let (called, url) = (t.expect(), t.url("/bytes/1000"));
    let controller = AbortController::new();
    let signal = controller.signal();
    let handler = move |response: Response| {
        called();
        assert!(response.is_success() && seen.borrow().bytes.len() == 1000);
    };
    fetch!(GET url, on_chunk: on_chunk, signal: &signal => (handler)).unwrap();

    let called = t.expect();
    let handler = move |response: Response| {
        called();
        assert_no_answer(&response, Outcome::Aborted);
    };
    let url = t.url("/drip/100/100");
    fetch!(GET url, signal: &signal, on_chunk: move |_| controller.abort() => (handler)).unwrap();
}

/// The headers are those that an `XMLHttpRequest` sends.
fn request_headers(t: &Test) {
    let (seen, on_chunk) = collector();
    let request =
        Request::get(t.url("/headers")).header("X-A", "1").header("x-a", "2").header("X-B", "3");
    t.send(request.on_chunk(on_chunk), move |_, _| {
        let headers = String::from_utf8(seen.take().bytes).expect("text");
        assert!(headers.contains("x-a: 1, 2\n") && headers.contains("x-b: 3\n"), "{headers}");
    });
    // The program's own `Authorization` header counts, not `auth`.
    let basic = "Basic dXNlcjpzZWNyZXQ=";
    for request in [
        Request::get(t.url("/auth")).header("authorization", basic).auth("x", "y").on_chunk(|_| ()),
        Request::get(t.url("/auth")).on_chunk(|_| ()).auth("x", "y").header("Authorization", basic),
    ] {
        t.send(request, |_, response| assert!(response.is_success(), "{response:?}"));
    }
}

/// Follows redirects.
fn redirects(t: &Test) {
    let (seen, on_chunk) = collector();
    let request = Request::get(t.url("/redirect/302?to=/bytes/1000")).on_chunk(on_chunk);
    t.send(request, move |t, response| {
        assert_eq!(response.final_url(), Some(t.url("/bytes/1000").as_str()));
        assert_eq!(seen.borrow().bytes.len(), 1000);
    });
}

/// Options at which Emscripten's stream would throw, or which it would ignore.
fn conflicting_options(t: &Test) {
    let url = || t.url("/bytes/10");
    let refused = [
        Request::get(url()).on_chunk(|_| ()).cache(CacheMode::ForceCache),
        Request::get(url()).cache(CacheMode::Reload).on_chunk(|_| ()),
        Request::get(url()).on_chunk(|_| ()).mime_type("text/plain"),
        Request::get(url()).mime_type("text/plain").on_chunk(|_| ()),
        Request::head(url()).on_chunk(|_| ()),
    ];
    for request in refused {
        let error = request.send_fn(|_| ()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::StreamNotAllowed { .. }), "{error}");
    }
    for request in [
        Request::get(url()).auth("ü", "€").on_chunk(|_| ()),
        Request::get(url()).on_chunk(|_| ()).auth("€", ""),
        Request::get(url()).on_chunk(|_| ()).auth("", "token"),
    ] {
        let error = request.send_fn(|_| ()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::InvalidAuth { .. }), "{error}");
    }
    let error =
        Request::idb_store("key").body("x").on_chunk(|_| ()).send_fn(|_| ()).map(drop).unwrap_err();
    assert!(matches!(error, StartError::OptionNotAllowed { .. }), "{error}");

    // These options do go with it.
    let request =
        Request::get(url()).cache(CacheMode::NoStore).on_chunk(|_| ()).cache(CacheMode::NoStore);
    t.send(request, |_, response| assert!(response.is_success()));
    let request = Request::get(t.url("/auth")).on_chunk(|chunk| assert_eq!(*chunk, *b"welcome"));
    t.send(request.auth("user", "secret"), |_, response| assert!(response.is_success()));
}

/// The chunks come before the whole is known. The outcome tells.
fn integrity(t: &Test) {
    let good = sha384(&pattern(300_034));
    for (path, metadata, outcome) in [
        ("/stream/300034", good.clone(), Outcome::Success),
        ("/stream/300034", sha384(b"another body"), Outcome::IntegrityMismatch),
        ("/chunked/300033", good.clone(), Outcome::IntegrityMismatch),
        ("/empty", good, Outcome::IntegrityMismatch),
        ("/empty", sha384(b""), Outcome::Success),
        ("/status/404", sha384(b"another body"), Outcome::HttpError),
    ] {
        let (seen, on_chunk) = collector();
        let request = Request::get(t.url(path)).integrity(metadata).on_chunk(on_chunk);
        t.send(request, move |_, response| {
            assert_eq!(response.outcome(), outcome, "{path}");
            assert!(response.body().is_empty());
            if path.starts_with("/stream") {
                assert_eq!(seen.borrow().bytes.len(), 300_034);
            }
        });
    }
    let (_, on_chunk) = collector();
    let url = t.url("/play?status=200&body=half&end=break&pause=20");
    let request = Request::get(url).integrity(sha384(b"half and half")).on_chunk(on_chunk);
    t.send(request, |_, response| match Difference::BreakInChunkedBodyUnseen.is_here() {
        true => assert_eq!(response.outcome(), Outcome::IntegrityMismatch),
        false => assert_eq!(response.outcome(), Outcome::NetworkError),
    });
}

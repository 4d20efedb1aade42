//! Hosts that lack a part of the browser, or differ from it.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, StartError, stats};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;

use super::housekeeping;
use crate::driver::Run;
use crate::js;
use crate::options::streams;

/// A request that does not start, and says why.
#[track_caller]
fn does_not_start(request: Request, missing: &[&str]) {
    let before = stats();
    let error = request.send_fn(|_| unreachable!("it has not started")).map(drop).unwrap_err();
    let text = error.to_string();
    println!("    {text}");
    assert!(!matches!(error, StartError::InvalidUrl { .. }), "{text}");
    assert!(
        missing.iter().any(|missing| text.contains(missing)),
        "it does not name {missing:?}: {text}"
    );
    assert_eq!(stats(), before);
}

/// The JS of `-lfetch` comes with the main module: a side module's host may have been linked
/// without it.
pub(crate) fn no_libfetch() -> Vec<(String, Run)> {
    tests![simulated_host_without_libfetch]
}

fn simulated_host_without_libfetch(t: &Test) {
    js::run("globalThis.realFetch = Fetch; Fetch = undefined");
    let requests = [
        Request::get(t.url("/bytes/1")),
        Request::post(t.url("/echo")).body("body"),
        Request::get(t.url("/bytes/1")).cache(CacheMode::ForceCache),
        Request::get(t.url("/bytes/1")).cache(CacheMode::OnlyIfCached),
        Request::idb_store("key").body("body"),
        Request::idb_delete("key"),
    ];
    for request in requests {
        does_not_start(request, &["libfetch", "-lfetch"]);
    }
    if streams() {
        does_not_start(Request::get(t.url("/bytes/1")).on_chunk(|_| ()), &["libfetch", "-lfetch"]);
    }
    js::run("Fetch = realFetch");
}

/// Loads from `file:` in WebViews and Electron, and from custom schemes, have no status.
pub(crate) fn status_0() -> Vec<(String, Run)> {
    tests![simulated_load_with_status_0, simulated_failure_with_status_0]
}

/// The answer's status, as such a browser tells it.
fn answer_with_status_0() {
    js::run(
        "for (const name of ['status', 'statusText']) {
            const nothing = { status: 0, statusText: '' }[name];
            Object.defineProperty(XMLHttpRequest.prototype, name, { get: () => nothing });
        }",
    );
}

fn simulated_load_with_status_0(t: &Test) {
    answer_with_status_0();
    for mode in [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache] {
        t.then(move |t| {
            t.send(Request::get(t.url("/bytes/900")).cache(mode), |_, response| {
                assert_eq!(
                    (response.outcome(), response.status()),
                    (Outcome::Success, 200),
                    "{response:?}"
                );
                assert!(
                    response.body().len() == 900 && is_pattern(response.body(), 0),
                    "{response:?}"
                );
            });
        });
    }
    t.then(|t| {
        t.send(Request::get(t.url("/empty")), |_, response| {
            assert_eq!(
                (response.outcome(), response.status()),
                (Outcome::Success, 200),
                "{response:?}"
            );
        });
    });
}

fn simulated_failure_with_status_0(t: &Test) {
    answer_with_status_0();
    for mode in [CacheMode::NoStore, CacheMode::ForceCache] {
        t.send(Request::get("http://127.0.0.1:1/").cache(mode), |_, response| {
            assert_eq!(
                (response.outcome(), response.status()),
                (Outcome::NetworkError, 0),
                "{response:?}"
            );
        });
    }
    let late = Request::get(t.url("/slow/3000")).timeout(std::time::Duration::from_millis(100));
    t.send(late, |_, response| assert_eq!(response.outcome(), Outcome::Timeout));
}

/// The page comes from a `file:` URL, as the runner opens it with FETCH_RUNNER_FILE.
pub(crate) fn file() -> Vec<(String, Run)> {
    tests![a_file, a_file_that_is_missing]
}

/// The page itself, by its absolute URL and by a relative one.
fn a_file(t: &Test) {
    let page = js::evaluate("location.href");
    assert!(page.starts_with("file:"), "{page}: FETCH_RUNNER_FILE=true opens a file");
    let name = page.rsplit('/').next().expect("the last segment").to_owned();
    for mode in [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache] {
        for url in [&page, &name] {
            let request = Request::get(url.as_str()).cache(mode);
            t.then(move |t| {
                t.send(request, |_, response| {
                    assert_eq!(
                        (response.outcome(), response.status()),
                        (Outcome::Success, 200),
                        "{response:?}"
                    );
                    assert!(response.body().starts_with(b"<!doctype html>"), "{response:?}");
                });
            });
        }
    }
}

fn a_file_that_is_missing(t: &Test) {
    for mode in [CacheMode::NoStore, CacheMode::ForceCache] {
        t.send(Request::get("there-is-no-such-file").cache(mode), |_, response| {
            assert_eq!(
                (response.outcome(), response.status()),
                (Outcome::NetworkError, 0),
                "{response:?}"
            );
        });
    }
}

/// `cargo xtask suite sid node` runs it: there is no `location`, no `document`, no IndexedDB and no
/// XMLHttpRequest.
pub(crate) fn node() -> Vec<(String, Run)> {
    if !streams() {
        return tests![
            node_needs_streaming,
            node_reports_no_uploads,
            node_has_no_cache,
            node_has_no_base_url
        ];
    }
    tests![
        node_reports_no_uploads,
        node_has_no_cache,
        node_has_no_base_url,
        node_can_stream,
        node_downloads
    ]
}

const ABSOLUTE: &str = "http://127.0.0.1:9/data.bin";

fn node_needs_streaming(_: &Test) {
    assert_eq!(js::evaluate("typeof XMLHttpRequest + typeof location"), "undefinedundefined");
    for request in [
        Request::get(ABSOLUTE),
        Request::post(ABSOLUTE).body("body"),
        Request::get(ABSOLUTE).cache(CacheMode::ForceCache),
    ] {
        does_not_start(request, &["-sFETCH_STREAMING"]);
    }
}

/// Before the first request that would make an XMLHttpRequest, and after it.
fn node_reports_no_uploads(t: &Test) {
    let upload = || Request::post(ABSOLUTE).body("body").on_upload(|_| unreachable!());
    does_not_start(upload(), &["remove `on_upload`"]);
    if streams() {
        t.send(Request::get(t.url("/empty")), move |_, response| {
            assert!(response.is_success());
            does_not_start(upload(), &["remove `on_upload`"]);
        });
    }
}

/// A download that may use the cache is sent without it.
fn node_downloads(t: &Test) {
    for mode in [CacheMode::NoStore, CacheMode::ForceCache, CacheMode::Reload] {
        t.send(Request::get(t.url("/bytes/70000")).cache(mode), |_, response| {
            assert_eq!((response.outcome(), response.status()), (Outcome::Success, 200));
            assert_ne!(response.cache_status(), CacheStatus::Hit);
            assert!(response.body().len() == 70_000 && is_pattern(response.body(), 0));
        });
    }
}

/// A request that must not download says that there is no cache.
fn node_has_no_cache(t: &Test) {
    t.send(Request::get(ABSOLUTE).cache(CacheMode::OnlyIfCached), |_, response| {
        assert_eq!(response.outcome(), Outcome::CacheUnavailable);
    });
    t.send(Request::idb_store("key").body("body"), |_, response| {
        assert_eq!(response.outcome(), Outcome::CacheUnavailable);
    });
    // It sends requests, too.
    if streams() {
        housekeeping::unavailable(t);
    }
}

/// Only that is an invalid URL.
fn node_has_no_base_url(_: &Test) {
    for url in ["data.bin", "/data.bin"] {
        let error = Request::get(url).send_fn(|_| unreachable!()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    }
}

fn node_can_stream(t: &Test) {
    if streams() {
        let url = "data:text/plain,hello";
        t.send(
            Request::get(url).on_chunk(|chunk| assert_eq!(&chunk[..], b"hello")),
            |_, response| {
                assert_eq!(
                    (response.outcome(), response.status()),
                    (Outcome::Success, 200),
                    "{response:?}"
                );
            },
        );
    }
}

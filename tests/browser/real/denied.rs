//! A page to which the browser denies storage.

use std::time::Duration;

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, cache};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::{Test, assert_is};

use super::{housekeeping, leaves_nothing, wait_until};
use crate::driver::Run;
use crate::js;
use crate::options::streams;

/// The browser denies IndexedDB to the page.
pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![
        indexeddb_is_denied,
        what_needs_the_cache,
        housekeeping_is_unavailable,
        downloads_go_on,
        all_else_works
    ]
}

/// Else the other tests would prove nothing.
fn indexeddb_is_denied(t: &Test) {
    js::run(
        "globalThis.denied = '';
        try {
            const request = indexedDB.open('denied');
            request.onsuccess = () => { denied = 'opened'; };
            request.onerror = (event) => { event.preventDefault(); denied = request.error.name; };
        } catch (error) {
            denied = error.name;
        }",
    );
    wait_until(t, "denied !== ''");
    t.then(|_| {
        let denied = js::evaluate("denied");
        println!("    {denied}");
        assert_ne!(denied, "opened", "FETCH_RUNNER_CSP or FETCH_RUNNER_DENY_STORAGE denies it");
        assert_eq!(js::evaluate("Fetch.dbInstance"), "false");
    });
}

/// Records, and loads from the cache alone.
fn what_needs_the_cache(t: &Test) {
    let unavailable = |_: &Test, response: Response| {
        assert_is(&response, Outcome::CacheUnavailable, response.cache_status());
        assert_eq!((response.status(), response.status_text()), (0, ""));
        assert!(response.body().is_empty());
    };
    leaves_nothing(t, move |t| {
        t.send(Request::idb_store("key").body("x"), unavailable);
        t.send(Request::idb_delete("key"), unavailable);
        t.send(Request::get("key").cache(CacheMode::OnlyIfCached), unavailable);
    });
}

fn housekeeping_is_unavailable(t: &Test) {
    housekeeping::unavailable(t);
    // A budget has nothing to do then.
    t.then(|t| {
        cache::set_budget(Some(1));
        let request = Request::get(t.url("/bytes/76")).cache(CacheMode::Reload);
        t.send(request, |_, response| {
            cache::set_budget(None);
            assert_is(&response, Outcome::Success, CacheStatus::NotStored);
        });
    });
}

/// Downloads that may use the cache do without it.
fn downloads_go_on(t: &Test) {
    leaves_nothing(t, |t| {
        for (mode, status) in [
            (CacheMode::ForceCache, CacheStatus::NotStored),
            (CacheMode::Reload, CacheStatus::NotStored),
            (CacheMode::NoStore, CacheStatus::Bypass),
        ] {
            t.send(Request::get(t.url("/bytes/77")).cache(mode), move |_, response| {
                assert_is(&response, Outcome::Success, status);
                assert!(response.body().len() == 77 && is_pattern(response.body(), 0));
            });
            let error = Request::get(t.url("/status/404")).cache(mode);
            t.send(error, |_, response| {
                assert_eq!((response.outcome(), response.status()), (Outcome::HttpError, 404));
            });
            let late = Request::get(t.url("/slow/5000")).cache(mode);
            t.send(late.timeout(Duration::from_millis(50)), |_, response| {
                assert_eq!(response.outcome(), Outcome::Timeout);
            });
            let aborted = t.send(Request::get(t.url("/slow/5001")).cache(mode), |_, response| {
                assert_eq!(response.outcome(), Outcome::Aborted);
            });
            aborted.abort();
        }
    });
}

fn all_else_works(t: &Test) {
    leaves_nothing(t, |t| {
        t.send(Request::post(t.url("/echo")).body("body"), |_, response| {
            assert_eq!((response.outcome(), &*response.text()), (Outcome::Success, "body"));
        });
        let url = t.url("/bytes/78");
        t.spawn(async move {
            let response = Request::get(url).cache(CacheMode::ForceCache).await.expect("it begins");
            assert!(response.is_success() && response.body().len() == 78, "{response:?}");
        });
        if streams() {
            t.send(Request::get(t.url("/bytes/79")).on_chunk(|_| ()), |_, response| {
                assert!(response.is_success(), "{response:?}");
            });
        }
    });
}

//! A database that belongs to all programs and tabs of the origin: `database.html` prepares it.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::{Test, assert_is};

use super::{housekeeping, leaves_nothing, prepare, wait_until};
use crate::driver::Run;
use crate::js;

/// A part for each load of the page. If one fails, the page stays.
pub(crate) fn tests() -> Vec<(String, Run)> {
    match std::env::var("FETCH_RUNNER_LOAD").as_deref() {
        Ok("0") => tests![a_newer_database],
        Ok("1") => tests![a_database_without_the_store],
        Ok("2") => tests![a_page_that_does_not_wait_for_a_blocked_database],
        Ok("3") => tests![a_blocked_database_is_released],
        Ok("4") => tests![another_tab_deletes_the_database],
        _ => tests![the_browser_clears_the_storage],
    }
}

/// Loads the page again, for the next part, when all other steps are over.
fn reload(t: &Test) {
    t.then(|t| {
        t.then(|t| {
            js::run("fetchRunner.reload()");
            drop(t.expect()); // the driver waits for the end of the page
        });
    });
}

/// There is no cache, and downloads go on.
fn has_no_cache(t: &Test) {
    housekeeping::unavailable(t);
    leaves_nothing(t, |t| {
        let unavailable = |_: &Test, response: Response| {
            assert_eq!(response.outcome(), Outcome::CacheUnavailable, "{response:?}");
        };
        t.send(Request::idb_store("key").body("x"), unavailable);
        t.send(Request::idb_delete("key"), unavailable);
        t.send(Request::get("key").cache(CacheMode::OnlyIfCached), unavailable);
        for mode in [CacheMode::Reload, CacheMode::ForceCache] {
            t.send(Request::get(t.url("/bytes/908")).cache(mode), |_, response| {
                assert_is(&response, Outcome::Success, CacheStatus::NotStored);
                assert!(response.body().len() == 908 && is_pattern(response.body(), 0));
            });
        }
    });
}

fn has_a_cache(t: &Test) {
    let get = || Request::get("key").cache(CacheMode::OnlyIfCached);
    t.send(Request::idb_store("key").body("x"), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
    t.send(get(), |_, response| assert_is(&response, Outcome::Success, CacheStatus::Hit));
}

/// Another program has opened it with a higher version.
fn a_newer_database(t: &Test) {
    assert_eq!(js::evaluate("Fetch.dbInstance"), "false");
    has_no_cache(t);
    reload(t);
}

/// Another program has made it, without Emscripten's object store.
fn a_database_without_the_store(t: &Test) {
    assert_eq!(js::evaluate("Fetch.dbInstance instanceof IDBDatabase"), "true");
    has_no_cache(t);
    reload(t);
}

/// Another tab keeps it, and its deletion waits for that. The page gives it a second.
fn a_page_that_does_not_wait_for_a_blocked_database(t: &Test) {
    assert_eq!(js::evaluate("database.isBlocked"), "true");
    has_no_cache(t);
    reload(t);
}

/// The same, and the page waits: the program starts as soon as the other tab lets go.
fn a_blocked_database_is_released(t: &Test) {
    assert_eq!(js::evaluate("database.isReleased"), "true", "the program has not waited");
    has_a_cache(t);
    reload(t);
}

/// The program's connection does not block the other tab. Its own requests go on.
fn another_tab_deletes_the_database(t: &Test) {
    has_a_cache(t);
    t.then(|t| {
        js::run("database.delete()");
        // They begin before the program is asked to let go.
        in_flight(t);
        wait_until(t, "database.isDeleted");
    });
    t.then(has_no_cache);
    reload(t);
}

/// Each kind of request that uses the cache ends.
fn in_flight(t: &Test) {
    housekeeping::in_flight(t);
    t.send(Request::idb_store("key").body("y"), |_, response| {
        let is_told = matches!(response.outcome(), Outcome::Success | Outcome::CacheFailed);
        assert!(is_told, "{response:?}");
    });
    t.send(Request::idb_delete("key"), |_, response| {
        let is_told = matches!(response.outcome(), Outcome::Success | Outcome::CacheFailed);
        assert!(is_told, "{response:?}");
    });
    for mode in [CacheMode::Reload, CacheMode::ForceCache, CacheMode::OnlyIfCached] {
        t.send(Request::get(t.url("/bytes/909")).cache(mode), move |_, response| {
            if mode != CacheMode::OnlyIfCached {
                assert!(response.is_success(), "{response:?}");
                assert!(response.body().len() == 909 && is_pattern(response.body(), 0));
            }
        });
    }
}

/// As "Clear browsing data" does. It ends all connections, with what is running and what waits. It
/// also forgets how often the page was loaded.
fn the_browser_clears_the_storage(t: &Test) {
    has_a_cache(t);
    t.then(|t| {
        prepare();
        (0..20).for_each(|_| in_flight(t));
        js::run("real.occupy(20000).catch(() => {})");
        t.send(Request::get(t.url("/clear-storage")), |_, response| {
            assert!(response.is_success(), "{response:?}");
        });
        (0..20).for_each(|_| in_flight(t));
    });
    t.then(has_no_cache);
}

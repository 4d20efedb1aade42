//! Downloads of `NoCache` and `Default` beside namespaces, the budget, housekeeping and integrity.

use std::time::Duration;

use fetch_runtime::CacheMode::{Default, NoCache, OnlyIfCached, Reload};
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, cache};

use super::housekeeping::{alone, list, load, names, store};
use super::http_cache::{HOUR, url};
use crate::digest::sha384;
use crate::scenario::{Test, assert_is};

scenarios! { $ for_each_entries_scenario:
    in_a_namespace
    a_refresh_stays_in_its_namespace
    they_count_as_downloads
    listed_with_sizes_and_ages
    deleted_by_housekeeping
    a_stored_body_that_does_not_match
    a_download_that_does_not_match
    a_change_that_does_not_match
    a_304_for_a_body_that_matches
    a_stale_body_is_compared
    a_refresh_is_compared
}

const STALE: &str = "max-age=0, stale-while-revalidate=3600";

/// Asks for this URL, and for a body with this digest.
async fn get(url: &str, mode: CacheMode, of: Option<&str>) -> Response {
    let request = Request::get(url.to_owned()).cache(mode);
    let request = match of {
        Some(body) => request.integrity(sha384(body.as_bytes())),
        None => request,
    };
    request.await.expect("it begins")
}

#[track_caller]
fn assert_body(response: &Response, cache_status: CacheStatus, body: &str) {
    assert_is(response, Outcome::Success, cache_status);
    assert_eq!(response.text().trim_end(), body, "{response:?}");
}

#[track_caller]
fn assert_mismatch(response: &Response, count: &str) {
    assert_is(response, Outcome::IntegrityMismatch, CacheStatus::NotStored);
    assert!(response.body().is_empty(), "{response:?}");
    assert_eq!(response.header("x-count"), Some(count), "{response:?}");
}

/// They lie under the absolute URL, and another namespace has its own.
fn in_a_namespace(t: &Test) {
    let absolute = url(t, "entries-namespace", &[("control", HOUR), ("etag", "\"1\"")]);
    let relative = absolute[t.url("").len()..].to_owned() + "#part";
    alone(t, "entries", None, async move {
        for (mode, status) in [
            (Default, CacheStatus::Stored),
            (Default, CacheStatus::Hit),
            (NoCache, CacheStatus::Revalidated),
        ] {
            let response = get(&relative, mode, None).await;
            assert_body(&response, status, "1");
            assert_eq!(response.url(), relative);
        }
        assert_eq!(names("").await, [absolute.as_str()]);
        assert_body(&get(&absolute, OnlyIfCached, None).await, CacheStatus::Hit, "1");

        cache::set_namespace(None).expect("no name");
        let response = get(&relative, NoCache, None).await;
        assert_body(&response, CacheStatus::Stored, "3");
        assert_eq!(response.header("x-asked"), Some("none"));
        assert_eq!(cache::delete(&absolute).await, Ok(true));

        cache::set_namespace(Some("entries")).expect("a name");
        assert_body(&get(&relative, Default, None).await, CacheStatus::Hit, "1");
    });
}

/// Though the program has changed it meanwhile.
fn a_refresh_stays_in_its_namespace(t: &Test) {
    let query = [("control", STALE), ("etag", "\"1\""), ("then", "change")];
    let url = url(t, "entries-refreshed", &query);
    alone(t, "refreshed", None, async move {
        assert_body(&get(&url, Default, None).await, CacheStatus::Stored, "1");
        assert_body(&get(&url, Default, None).await, CacheStatus::Stale, "1");
        cache::set_namespace(Some("elsewhere")).expect("a name");
        // The refresh begins before that.
        fetch_runtime::sleep(Duration::from_millis(10)).await;
        cache::set_namespace(None).expect("no name");
        let key = format!("refreshed|{url}");
        for _ in 0..1000 {
            if load(&key).await.text() == "2" {
                break;
            }
            fetch_runtime::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(load(&key).await.text(), "2");
        for other in [url.clone(), format!("elsewhere|{url}")] {
            assert_eq!(load(&other).await.outcome(), Outcome::CacheMiss);
        }
        cache::set_namespace(Some("refreshed")).expect("a name");
    });
}

/// They are used when they are stored, found, or confirmed by a 304.
fn they_count_as_downloads(t: &Test) {
    let query = [("control", HOUR), ("etag", "\"1\""), ("size", "1000")];
    let url = url(t, "entries-counted", &query);
    alone(t, "counted", Some(3000), async move {
        let get = |key: &'static str, mode: CacheMode| {
            let request = Request::get(url.clone()).cache(mode).cache_key(key);
            async move { request.await.expect("it begins") }
        };
        for (key, body) in [("1", "1"), ("2", "2"), ("3", "3")] {
            assert_body(&get(key, Default).await, CacheStatus::Stored, body);
        }
        assert_body(&get("1", Default).await, CacheStatus::Hit, "1");
        assert_body(&get("2", NoCache).await, CacheStatus::Revalidated, "2");
        assert_body(&get("4", NoCache).await, CacheStatus::Stored, "5");
        assert_eq!(names("").await, ["1", "2", "4"]);
        // Nothing is left of it.
        let response = get("3", NoCache).await;
        assert_body(&response, CacheStatus::Stored, "6");
        assert_eq!(response.header("x-asked"), Some("none"));
        let sizes = ["2", "3", "4"].map(|key| (key.to_owned(), 1000));
        assert_eq!(list("").await, sizes);
        // They go for downloads of the other modes, and those for them.
        assert_body(&get("5", Reload).await, CacheStatus::Stored, "7");
        assert_body(&get("6", Default).await, CacheStatus::Stored, "8");
        assert_eq!(names("").await, ["3", "5", "6"]);
    });
}

/// Once each. The age goes when another mode or a record replaces the body.
fn listed_with_sizes_and_ages(t: &Test) {
    let [long, short] = ["1000", "500"].map(|size| {
        url(t, &format!("entries-{size}"), &[("control", HOUR), ("etag", "\"1\""), ("size", size)])
    });
    alone(t, "listed", None, async move {
        let stored = |url: &str, mode: CacheMode| {
            let request = Request::get(url.to_owned()).cache(mode).cache_key("key");
            async move {
                let response = request.await.expect("it begins");
                assert_eq!(response.cache_status(), CacheStatus::Stored, "{response:?}");
            }
        };
        let listed = async |size: u64, has_age: bool| {
            let entries = cache::keys("").await.expect("a cache");
            assert_eq!(entries.len(), 1, "{entries:?}");
            assert_eq!((&*entries[0].key, entries[0].size), ("key", size));
            assert_eq!(entries[0].age.is_some(), has_age, "{entries:?}");
            assert!(entries[0].age.unwrap_or_default() < Duration::from_secs(60), "{entries:?}");
        };
        stored(&long, Default).await;
        listed(1000, true).await;
        stored(&short, Reload).await;
        listed(500, false).await;
        stored(&long, NoCache).await;
        listed(1000, true).await;
        store("key", "a record").await;
        listed(8, false).await;
        cache::set_budget(Some(10_000));
        stored(&short, NoCache).await;
        listed(500, true).await;
        stored(&long, Reload).await;
        listed(1000, true).await;
    });
}

/// Nothing is left of what was deleted.
fn deleted_by_housekeeping(t: &Test) {
    let url = url(t, "entries-deleted", &[("control", HOUR), ("etag", "\"1\"")]);
    alone(t, "deleted", None, async move {
        for count in ["1", "2", "3", "4"] {
            let response = get(&url, Default, None).await;
            assert_body(&response, CacheStatus::Stored, count);
            assert_eq!(response.header("x-asked"), Some("none"));
            match count {
                "1" => assert_eq!(cache::delete(&url).await, Ok(true)),
                "2" => assert_eq!(cache::delete_prefix("http").await, Ok(1)),
                _ => assert_eq!(cache::clear().await, Ok(1)),
            }
            assert_eq!(names("").await, [""; 0]);
        }
    });
}

/// It is deleted, and downloaded once more without conditions.
fn a_stored_body_that_does_not_match(t: &Test) {
    for mode in [NoCache, Default] {
        let name = format!("entries-corrupt-{mode:?}");
        let url = url(t, &name, &[("control", HOUR), ("etag", "\"1\"")]);
        t.spawn(async move {
            assert_body(&get(&url, mode, Some("1")).await, CacheStatus::Stored, "1");
            let response = get(&url, mode, Some("2")).await;
            assert_body(&response, CacheStatus::Stored, "2");
            assert_eq!(response.header("x-asked"), Some("none"), "{response:?}");
            let status = match mode {
                NoCache => CacheStatus::Revalidated,
                _ => CacheStatus::Hit,
            };
            assert_body(&get(&url, mode, Some("2")).await, status, "2");
            // A new download that does not match either is the last one.
            let response = get(&url, mode, Some("another")).await;
            assert_mismatch(&response, if mode == NoCache { "4" } else { "3" });
            assert_eq!(response.header("x-asked"), Some("none"), "{response:?}");
            assert_eq!(load(&url).await.outcome(), Outcome::CacheMiss);
        });
    }
}

fn a_download_that_does_not_match(t: &Test) {
    for mode in [NoCache, Default] {
        let name = format!("entries-refused-{mode:?}");
        let url = url(t, &name, &[("control", HOUR), ("etag", "\"1\"")]);
        t.spawn(async move {
            assert_mismatch(&get(&url, mode, Some("another")).await, "1");
            assert_eq!(load(&url).await.outcome(), Outcome::CacheMiss);
            assert_body(&get(&url, mode, None).await, CacheStatus::Stored, "2");
        });
    }
}

/// The stored body stays, with its headers.
fn a_change_that_does_not_match(t: &Test) {
    let query = [("control", HOUR), ("etag", "\"1\""), ("then", "change")];
    let url = url(t, "entries-change", &query);
    t.spawn(async move {
        assert_body(&get(&url, NoCache, Some("1")).await, CacheStatus::Stored, "1");
        let response = get(&url, NoCache, Some("1")).await;
        assert_mismatch(&response, "2");
        assert_eq!(response.header("x-asked"), Some("\"1\""));
        assert_body(&get(&url, Default, Some("1")).await, CacheStatus::Hit, "1");
    });
}

fn a_304_for_a_body_that_matches(t: &Test) {
    let url = url(t, "entries-304", &[("etag", "\"1\"")]);
    t.spawn(async move {
        assert_body(&get(&url, NoCache, Some("1")).await, CacheStatus::Stored, "1");
        for mode in [NoCache, Default] {
            let response = get(&url, mode, Some("1")).await;
            assert_body(&response, CacheStatus::Revalidated, "1");
            assert_eq!(response.header("x-asked"), Some("\"1\""));
        }
    });
}

/// In place of an error, too.
fn a_stale_body_is_compared(t: &Test) {
    let control = "max-age=0, stale-if-error=3600";
    let query = [("control", control), ("etag", "\"1\""), ("then", "503")];
    let url = url(t, "entries-stale", &query);
    t.spawn(async move {
        assert_body(&get(&url, Default, Some("1")).await, CacheStatus::Stored, "1");
        assert_body(&get(&url, Default, Some("1")).await, CacheStatus::Stale, "1");
        let response = get(&url, Default, Some("another")).await;
        assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
        assert!(response.status() == 503 && response.body().is_empty(), "{response:?}");
        assert_eq!(response.header("x-asked"), Some("none"), "{response:?}");
        assert_eq!(load(&url).await.outcome(), Outcome::CacheMiss);
    });
}

/// In the background, a body that does not match is not stored either.
fn a_refresh_is_compared(t: &Test) {
    let query = [("control", STALE), ("etag", "\"1\""), ("then", "change")];
    let url = url(t, "entries-background", &query);
    let asked = t.url("/requests?path=/validated/entries-background");
    t.spawn(async move {
        assert_body(&get(&url, Default, Some("1")).await, CacheStatus::Stored, "1");
        // A refresh begins when the one before is over.
        for _ in 0..1000 {
            assert_body(&get(&url, Default, Some("1")).await, CacheStatus::Stale, "1");
            let count = Request::get(asked.clone()).await.expect("it begins").text().into_owned();
            if count.parse::<u32>().expect("a number") > 3 {
                return;
            }
            fetch_runtime::sleep(Duration::from_millis(10)).await;
        }
        panic!("the entry was not refreshed");
    });
}

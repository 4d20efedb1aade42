//! Downloads that break off, and go on.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, CacheStatus, Manifest, Outcome, Request, Response, StartError,
    cache, fetch, sleep,
};
use futures_util::future::{Either, join, select};

use super::housekeeping::{alone, names, store};
use crate::digest::sha256;
use crate::engine::Difference;
use crate::pattern::version;
use crate::scenario::{Test, assert_is};

scenarios! { $ for_each_resume_scenario:
    the_rest_alone
    in_several_steps
    many_parts
    another_version
    another_version_that_breaks_off
    answers_that_are_not_the_rest
    refuted_parts
    a_longer_rest
    a_shorter_rest
    no_answer_to_a_range
    a_redirect
    bodies_that_cannot_be_resumed
    a_coded_body
    reload
    progress
    aborted
    dropped
    timeouts
    two_at_once
    two_that_break_off
    two_versions_at_once
    a_refused_body_and_the_parts_of_another
    another_url
    a_namespace
    an_integrity
    another_integrity
    a_manifest
    a_manifest_gives_way
    deleted
    parts_are_no_records
    stored_otherwise
    a_budget
    a_budget_for_whole_bodies
    a_password
    switched_off
    conflicts
}

const SIZE: usize = 40_000;

/// See the server's `/resumable`.
fn url(t: &Test, name: &str, query: &str) -> String {
    t.url(&format!("/resumable/{name}?size={SIZE}&{query}"))
}

fn request(url: &str) -> Request {
    Request::get(url.to_owned()).cache(CacheMode::ForceCache).resume(true)
}

async fn get(url: &str) -> Response {
    request(url).await.expect("it begins")
}

/// A request that breaks off, when all that the server sends has arrived.
async fn breaks(url: &str) {
    let (scheme, rest) = url.split_once("://").expect("it is absolute");
    let (host, path) = rest.split_once('/').expect("it has a path");
    let path = path.split('?').next().unwrap_or_default();
    let report = format!("{scheme}://{host}/report?name={path}&loaded=");
    let request = request(url).header("x-reports", path).on_progress(move |progress| {
        let report = Request::get(format!("{report}{}", progress.loaded));
        report.send_fn(|_| ()).map(drop).expect("it begins");
    });
    let response = request.await.expect("it begins");
    assert_is(&response, Outcome::NetworkError, CacheStatus::Bypass);
}

#[track_caller]
fn assert_whole(response: &Response, of: usize) {
    assert_is(response, Outcome::Success, CacheStatus::Stored);
    assert!(response.body() == version(of, SIZE), "{response:?}");
    assert_eq!((response.status(), response.status_text()), (200, "OK"), "{response:?}");
    assert_eq!(response.header("content-length"), Some(&*SIZE.to_string()), "{response:?}");
}

/// The body is whole, and only the rest of it was asked for.
#[track_caller]
fn assert_resumed(response: &Response) {
    assert_whole(response, 1);
    assert_eq!(response.header("content-range"), None, "{response:?}");
    assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
}

/// The body is whole, and all of it was asked for.
#[track_caller]
fn assert_anew(response: &Response, of: usize) {
    assert_whole(response, of);
    assert_eq!(response.header("x-asked").map(str::trim), Some(""));
}

/// A second request gets the rest. The third one finds the body in the cache.
fn the_rest_alone(t: &Test) {
    let url = url(t, "rest", "");
    t.spawn(async move {
        breaks(&url).await;
        let response = get(&url).await;
        assert_resumed(&response);
        // Of the first response, and of the second one.
        assert_eq!(response.header("x-first"), Some("only in a whole response"));
        assert_eq!(response.header("x-count"), Some("2"));
        // Emscripten before 4.0.10 has none.
        assert!(response.final_url().is_none_or(|final_url| final_url == url));
        let response = get(&url).await;
        assert_is(&response, Outcome::Success, CacheStatus::Hit);
        assert!(response.body() == version(1, SIZE));
    });
}

fn in_several_steps(t: &Test) {
    let url = url(t, "steps", "then=break&first=10000");
    t.spawn(async move {
        breaks(&url).await;
        breaks(&url).await;
        let response = get(&url).await;
        assert_whole(&response, 1);
        assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
    });
}

/// More than is written at a time.
fn many_parts(t: &Test) {
    const LONG: usize = 5_000_000;
    let url = t.url(&format!("/resumable/many?size={LONG}&first=3500000"));
    t.spawn(async move {
        breaks(&url).await;
        let response = get(&url).await;
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert!(response.body() == version(1, LONG));
        assert_eq!(response.header("x-asked"), Some("bytes=3500000- \"v1\""));
    });
}

/// The server sends all of the new version.
fn another_version(t: &Test) {
    let url = url(t, "changed", "then=change");
    t.spawn(async move {
        breaks(&url).await;
        let response = get(&url).await;
        assert_whole(&response, 2);
        assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
        assert_eq!(response.header("x-count"), Some("2"));
    });
}

/// Its bytes are not added to the parts of the old one.
fn another_version_that_breaks_off(t: &Test) {
    let url = url(t, "changed-again", "then=change&again=1&second=30000");
    t.spawn(async move {
        breaks(&url).await;
        breaks(&url).await;
        let response = get(&url).await;
        assert_whole(&response, 2);
        assert_eq!(response.header("x-asked"), Some("bytes=30000- \"v2\""));
    });
}

/// Whatever the server answers, the body is that of one version.
fn answers_that_are_not_the_rest(t: &Test) {
    const LIES: [&str; 15] = [
        "ignore",
        "416",
        "503",
        "begin",
        "end",
        "total",
        "unknown",
        "bare",
        "etag",
        "weak",
        "no-etag",
        "coded",
        "short",
        "multipart",
        "range-of-200",
    ];
    for lie in LIES {
        let url = url(t, &format!("not-{lie}"), &format!("then={lie}"));
        t.spawn(async move {
            breaks(&url).await;
            let response = get(&url).await;
            if lie == "range-of-200" {
                // It has no length.
                assert_is(&response, Outcome::Success, CacheStatus::Stored);
                assert!(response.body() == version(1, SIZE), "{response:?}");
            } else {
                assert_whole(&response, 1);
            }
            let count = if matches!(lie, "ignore" | "range-of-200") { "2" } else { "3" };
            assert_eq!(response.header("x-count"), Some(count), "{lie}");
        });
    }
}

/// They are deleted: nothing is added to them, though the whole is the same version.
fn refuted_parts(t: &Test) {
    let name = "refuted";
    let url = url(t, name, "then=416&again=whole&second=5000");
    let path = fetch_runtime::encode_component(format!("/resumable/{name} bytes=5000-"));
    let asked = t.url(&format!("/requests?path={path}"));
    t.spawn(async move {
        breaks(&url).await;
        breaks(&url).await;
        assert_anew(&get(&url).await, 1);
        assert_eq!(Request::get(asked).await.expect("it begins").text(), "1");
    });
}

/// A part without a `Content-Length` is longer than it should be, or never ends. The next request
/// gets all.
fn a_longer_rest(t: &Test) {
    for then in ["long", "endless"] {
        let url = url(t, then, &format!("then={then}"));
        t.spawn(async move {
            breaks(&url).await;
            breaks(&url).await;
            assert_anew(&get(&url).await, 1);
        });
    }
}

/// A part without a `Content-Length` ends early. Its bytes are kept.
fn a_shorter_rest(t: &Test) {
    let url = url(t, "shorter", "then=shorter");
    t.spawn(async move {
        breaks(&url).await;
        breaks(&url).await;
        let response = get(&url).await;
        assert_whole(&response, 1);
        assert_eq!(response.header("x-asked"), Some("bytes=30000- \"v1\""));
    });
}

/// A proxy ends each request that has a range. So the whole is requested, and the parts stay: bytes
/// are added to them if more arrive.
fn no_answer_to_a_range(t: &Test) {
    for (second, asked) in
        [(5_000, "bytes=10000- \"v1\""), (30_000, "bytes=30000- \"v1\""), (SIZE, " ")]
    {
        let query = format!("then=reset&first=10000&second={second}");
        let url = url(t, &format!("reset-{second}"), &query);
        t.spawn(async move {
            breaks(&url).await;
            if second < SIZE {
                breaks(&url).await;
            }
            let response = get(&url).await;
            assert_whole(&response, 1);
            assert_eq!(response.header("x-asked").map(str::trim), Some(asked.trim()));
        });
    }
}

/// What a redirect leads to is another resource.
fn a_redirect(t: &Test) {
    let from = url(t, "redirected", "then=redirect");
    let to = format!("{}&first=20000", url(t, "target", ""));
    let redirect = t.url(&format!("/redirect/302?to={}", fetch_runtime::encode_component(&to)));
    t.spawn(async move {
        breaks(&from).await;
        let response = get(&from).await;
        assert_anew(&response, 1);
        breaks(&redirect).await;
        let response = get(&redirect).await;
        assert_anew(&response, 1);
        // Emscripten before 4.0.10 has none.
        assert!(response.final_url().is_none_or(|final_url| final_url == to));
    });
}

/// The second request asks for all.
fn bodies_that_cannot_be_resumed(t: &Test) {
    for (name, query) in [
        ("weak", "etag=W/%22v1%22"),
        ("malformed", "etag=v1"),
        ("bare", "etag=none"),
        ("unranged", "ranges=none"),
    ] {
        let url = url(t, name, query);
        t.spawn(async move {
            breaks(&url).await;
            assert_anew(&get(&url).await, 1);
        });
    }
    let url = url(t, "chunked", "chunked=1");
    t.spawn(async move {
        let first = get(&url).await;
        if Difference::BreakInChunkedBodyUnseen.is_here() {
            assert_eq!(first.outcome(), Outcome::Success);
            return assert!(first.body().len() < SIZE);
        }
        assert_eq!(first.outcome(), Outcome::NetworkError);
        let response = get(&url).await;
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert!(response.body() == version(1, SIZE));
        assert_eq!(response.header("x-asked").map(str::trim), Some(""));
    });
}

/// A part of it could not be decoded.
fn a_coded_body(t: &Test) {
    let url = url(t, "coded", "gzip=1");
    t.spawn(async move {
        if Difference::BreakInCodedBodyUnseen.is_here() {
            let response = get(&url).await;
            assert_eq!(response.outcome(), Outcome::Success);
            return assert!(response.body().len() < SIZE);
        }
        breaks(&url).await;
        let response = get(&url).await;
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert!(response.body() == version(1, SIZE));
        assert_eq!(response.header("x-asked").map(str::trim), Some(""));
    });
}

/// The server is asked although the cache has a whole body.
fn reload(t: &Test) {
    let url = url(t, "reloaded", "");
    t.spawn(async move {
        store("resume/reloaded", "old").await;
        let request = || {
            let request = Request::get(url.clone()).cache_key("resume/reloaded");
            request.resume(true).cache(CacheMode::Reload)
        };
        let response = request().await.expect("it begins");
        assert_is(&response, Outcome::NetworkError, CacheStatus::Bypass);
        assert_resumed(&request().await.expect("it begins"));
        assert_anew(&request().await.expect("it begins"), 1);
    });
}

/// The bytes that were kept have been loaded.
fn progress(t: &Test) {
    let url = url(t, "progress", "");
    t.spawn(async move {
        breaks(&url).await;
        let least = Rc::new(Cell::new(u64::MAX));
        let most = Rc::new(Cell::new(0));
        let (first, last) = (Rc::clone(&least), Rc::clone(&most));
        let request = request(&url).on_progress(move |progress| {
            assert_eq!(progress.total, Some(SIZE as u64));
            first.set(first.get().min(progress.loaded));
            last.set(progress.loaded);
        });
        assert_resumed(&request.await.expect("it begins"));
        assert!(least.get() >= 20_000, "{least:?}");
        assert_eq!(most.get(), SIZE as u64);
    });
}

/// Waits until the first half of the body has arrived, which is not reported at once.
async fn until_loaded(loaded: &Cell<u64>) {
    while loaded.get() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    sleep(Duration::from_millis(300)).await;
}

fn watched(url: &str) -> (Request, Rc<Cell<u64>>) {
    let loaded = Rc::new(Cell::new(0));
    let seen = Rc::clone(&loaded);
    (request(url).on_progress(move |progress| seen.set(progress.loaded)), loaded)
}

fn aborted(t: &Test) {
    let url = url(t, "aborted", "end=hang");
    t.spawn(async move {
        let controller = AbortController::new();
        let (request, loaded) = watched(&url);
        let abort = async {
            until_loaded(&loaded).await;
            controller.abort();
        };
        let (response, ()) = join(request.signal(&controller).into_future(), abort).await;
        assert_eq!(response.expect("it begins").outcome(), Outcome::Aborted);
        assert_resumed(&get(&url).await);
    });
}

fn dropped(t: &Test) {
    let url = url(t, "dropped", "end=hang");
    t.spawn(async move {
        let (request, loaded) = watched(&url);
        let response = Box::pin(request.into_future());
        match select(response, Box::pin(until_loaded(&loaded))).await {
            Either::Left((response, _)) => panic!("it has ended: {response:?}"),
            Either::Right(((), response)) => drop(response),
        }
        assert_resumed(&get(&url).await);
    });
}

fn timeouts(t: &Test) {
    let one = url(t, "timeout", "end=hang");
    let other = url(t, "idle", "end=hang");
    t.spawn(async move {
        let response = request(&one).timeout(Duration::from_secs(3)).await;
        assert_eq!(response.expect("it begins").outcome(), Outcome::Timeout);
        assert_resumed(&get(&one).await);
        let response = request(&other).idle_timeout(Duration::from_secs(2)).await;
        assert_eq!(response.expect("it begins").outcome(), Outcome::Timeout);
        let again = request(&other).idle_timeout(Duration::from_secs(20)).await;
        assert_resumed(&again.expect("it begins"));
    });
}

/// Both get a body of one version, in each order of the requests.
fn two_at_once(t: &Test) {
    for (name, of) in [("both", 1), ("both-new", 2)] {
        let url = url(t, name, if of == 1 { "" } else { "then=change" });
        t.spawn(async move {
            breaks(&url).await;
            let both = join(get(&url), get(&url)).await;
            assert_whole(&both.0, of);
            assert_whole(&both.1, of);
        });
    }
}

/// The parts of one of them are used, and of none of the other.
fn two_that_break_off(t: &Test) {
    let url = url(t, "twice", "then=break");
    t.spawn(async move {
        let both = join(get(&url), get(&url)).await;
        assert_eq!(both.0.outcome(), Outcome::NetworkError);
        assert_eq!(both.1.outcome(), Outcome::NetworkError);
        let response = get(&url).await;
        assert_whole(&response, 1);
        assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
    });
}

/// The older one adds nothing to the parts of the newer one.
fn two_versions_at_once(t: &Test) {
    const LONG: usize = 4_500_000;
    let url = t.url(&format!("/resumable/versions?size={LONG}&two=1"));
    t.spawn(async move {
        let newer = async {
            sleep(Duration::from_millis(300)).await;
            get(&url).await
        };
        let both = join(get(&url), newer).await;
        assert_eq!(both.0.outcome(), Outcome::NetworkError);
        assert_eq!(both.1.outcome(), Outcome::NetworkError);
        let response = get(&url).await;
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert!(response.body() == version(2, LONG));
        assert_eq!(response.header("x-asked"), Some("bytes=1125000- \"v2\""));
    });
}

/// A request that refuses a body deletes the parts of that body.
fn a_refused_body_and_the_parts_of_another(t: &Test) {
    let url = url(t, "refused", "end=slow&then=break");
    t.spawn(async move {
        let other = async {
            sleep(Duration::from_millis(200)).await;
            breaks(&url).await;
        };
        let refused = request(&url).integrity(sha256(b"another body")).into_future();
        let (refused, ()) = join(refused, other).await;
        let refused = refused.expect("it begins");
        assert_eq!(refused.outcome(), Outcome::IntegrityMismatch, "{refused:?}");
        assert_resumed(&get(&url).await);
    });
}

/// An `ETag` says nothing about another resource.
fn another_url(t: &Test) {
    let (one, other) = (url(t, "one-url", ""), url(t, "other-url", "first=0"));
    t.spawn(async move {
        let key = "resume/two-urls";
        let response = request(&one).cache_key(key).await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::NetworkError);
        let response = request(&other).cache_key(key).await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::NetworkError);
        assert_anew(&request(&other).cache_key(key).await.expect("it begins"), 1);
    });
}

fn a_namespace(t: &Test) {
    let url = url(t, "namespace", "then=break");
    t.spawn(async move {
        for name in ["resume-a", "resume-b"] {
            cache::set_namespace(Some(name)).expect("a name");
            breaks(&url).await;
        }
        let response = get(&url).await;
        assert_whole(&response, 1);
        assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
        cache::clear().await.expect("there is a cache");
        cache::set_namespace(Some("resume-a")).expect("a name");
        assert_resumed(&get(&url).await);
        cache::clear().await.expect("there is a cache");
        cache::set_namespace(None).expect("no name");
    });
}

fn an_integrity(t: &Test) {
    let url = url(t, "integrity", "");
    t.spawn(async move {
        let request = || request(&url).integrity(sha256(&version(1, SIZE)));
        let response = request().await.expect("it begins");
        assert_eq!(response.outcome(), Outcome::NetworkError);
        assert_resumed(&request().await.expect("it begins"));
    });
}

/// The parts of a body that does not match are deleted.
fn another_integrity(t: &Test) {
    let url = url(t, "mismatch", "");
    t.spawn(async move {
        breaks(&url).await;
        let response = request(&url).integrity(sha256(b"another body")).await.expect("it begins");
        assert_is(&response, Outcome::IntegrityMismatch, CacheStatus::NotStored);
        assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
        assert_anew(&get(&url).await, 1);
    });
}

/// A large file goes on at the next attempt, and a small one begins anew.
fn a_manifest(t: &Test) {
    for (size, range) in [(1 << 20, "bytes=524288-"), ((1 << 20) - 2, "")] {
        let body = version(1, size);
        let name = format!("manifest/{size}");
        let manifest = Manifest::new().base(t.url("/resumable/")).file(
            name.clone(),
            size as u64,
            sha256(&body),
        );
        let path = fetch_runtime::encode_component(format!("/resumable/{name} {range}"));
        let asked = t.url(&format!("/requests?path={path}"));
        t.spawn(async move {
            manifest.load().retry_delay(Duration::from_millis(10)).await.expect("it is loaded");
            let request = manifest.request(&name).expect("it is there");
            let response = request.await.expect("it begins");
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert!(response.body() == body);
            let count = Request::get(asked).await.expect("it begins").text().into_owned();
            assert_eq!(count, if range.is_empty() { "2" } else { "1" });
        });
    }
}

/// That a large file is resumed gives way to what the program asks for, unless it asks for that,
/// too.
fn a_manifest_gives_way(t: &Test) {
    const SIZE: usize = 1 << 20;
    let manifest = Manifest::new().base(t.url("/resumable/")).file(
        format!("given-way/{SIZE}"),
        SIZE as u64,
        sha256(&version(1, SIZE)),
    );
    let request = move || manifest.request(&format!("given-way/{SIZE}")).expect("it is there");
    for mode in
        [CacheMode::NoStore, CacheMode::OnlyIfCached, CacheMode::NoCache, CacheMode::Default]
    {
        let error = request().resume(true).cache(mode).send_fn(|_| ()).expect_err("a conflict");
        assert!(matches!(error, StartError::ResumeNotAllowed { .. }), "{error}");
    }
    let conditional = request().header("If-None-Match", "x").resume(true);
    let error = conditional.send_fn(|_| ()).expect_err("a conflict");
    assert!(matches!(error, StartError::HeaderNotAllowed { .. }), "{error}");
    t.spawn(async move {
        let missed = request().cache(CacheMode::OnlyIfCached).await.expect("it begins");
        assert_eq!(missed.outcome(), Outcome::CacheMiss);
        // It breaks off, and leaves nothing.
        let first = request().header("If-None-Match", "x").await.expect("it begins");
        assert_eq!(first.outcome(), Outcome::NetworkError);
        let whole = request().await.expect("it begins");
        assert_is(&whole, Outcome::Success, CacheStatus::Stored);
        assert_eq!(whole.header("x-asked").map(str::trim), Some(""));
        let ranged = request().cache(CacheMode::NoStore).header("Range", "bytes=7-");
        let ranged = ranged.await.expect("it begins");
        assert_eq!((ranged.status(), ranged.header("x-asked")), (206, Some("bytes=7-")));
        for mode in [CacheMode::NoStore, CacheMode::NoCache, CacheMode::Default] {
            let response = request().cache(mode).await.expect("it begins");
            assert!(response.is_success(), "{response:?}");
        }
    });
}

/// Each way to delete a record deletes the parts of its download.
fn deleted(t: &Test) {
    for (at, name) in ["record", "key", "prefix", "all"].into_iter().enumerate() {
        let url = url(t, &format!("deleted-{name}"), "");
        t.then(move |t| {
            alone(t, ["gone-a", "gone-b", "gone-c", "gone-d"][at], None, async move {
                breaks(&url).await;
                match name {
                    "record" => {
                        let response = Request::idb_delete(url.clone()).await.expect("it begins");
                        assert_eq!(response.outcome(), Outcome::Success);
                    }
                    "key" => assert_eq!(cache::delete(&url).await, Ok(false)),
                    "prefix" => {
                        assert_eq!(cache::delete_prefix(&url[..url.len() - 3]).await, Ok(0))
                    }
                    _ => assert_eq!(cache::clear().await, Ok(0)),
                }
                assert_anew(&get(&url).await, 1);
            })
        });
    }
}

/// They are neither listed nor loaded.
fn parts_are_no_records(t: &Test) {
    let url = url(t, "hidden", "");
    alone(t, "hidden", None, async move {
        breaks(&url).await;
        assert_eq!(names("").await, [""; 0]);
        let response = Request::get(url.clone()).cache(CacheMode::OnlyIfCached).await;
        assert_eq!(response.expect("it begins").outcome(), Outcome::CacheMiss);
        // Deleting another record leaves them.
        store("other", "record").await;
        assert_eq!(cache::delete("other").await, Ok(true));
        assert_resumed(&get(&url).await);
    });
}

/// A whole body that is stored replaces the parts.
fn stored_otherwise(t: &Test) {
    let url = url(t, "otherwise", "");
    t.spawn(async move {
        breaks(&url).await;
        let response = Request::get(url.clone()).cache(CacheMode::Reload).await.expect("it begins");
        assert_anew(&response, 1);
        let request = request(&url).cache(CacheMode::Reload);
        assert_anew(&request.await.expect("it begins"), 1);
    });
}

/// Parts do not go beyond the budget.
fn a_budget(t: &Test) {
    let (small, large) = (url(t, "within", ""), url(t, "beyond", "first=30000"));
    alone(t, "parts", Some(25_000), async move {
        breaks(&large).await;
        breaks(&small).await;
        let response = get(&small).await;
        assert_eq!(response.header("x-asked"), Some("bytes=20000- \"v1\""));
        let response = get(&large).await;
        assert_eq!(response.header("x-asked").map(str::trim), Some(""), "{response:?}");
    });
}

/// They go first, before any whole body.
fn a_budget_for_whole_bodies(t: &Test) {
    let (url, whole) = (url(t, "first-to-go", ""), t.url("/bytes/20000"));
    alone(t, "whole", Some(50_000), async move {
        breaks(&url).await;
        for key in ["a", "b"] {
            let request = Request::get(whole.clone()).cache(CacheMode::Reload).cache_key(key);
            let response = request.await.expect("it begins");
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        }
        assert_eq!(names("").await, ["a", "b"]);
        let response = get(&url).await;
        assert_eq!(response.header("x-asked").map(str::trim), Some(""), "{response:?}");
    });
}

/// A request with a password asks for all.
fn a_password(t: &Test) {
    let url = url(t, "password", "first=0");
    t.spawn(async move {
        breaks(&url).await;
        let response = request(&url).auth("user", "secret").await.expect("it begins");
        assert_anew(&response, 1);
    });
}

fn switched_off(t: &Test) {
    let url = url(t, "off", "");
    t.spawn(async move {
        breaks(&url).await;
        assert_anew(&request(&url).resume(false).await.expect("it begins"), 1);
    });
    t.send(Request::get(t.url("/bytes/3")).resume(true).resume(false), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Bypass);
    });
}

/// The parts need a cache, and the cache sets the range.
fn conflicts(_: &Test) {
    for mode in
        [CacheMode::NoStore, CacheMode::OnlyIfCached, CacheMode::NoCache, CacheMode::Default]
    {
        for request in [
            Request::get("/x").cache(mode).resume(true),
            Request::get("/x").resume(true).cache(mode),
        ] {
            let error = request.send_fn(|_| ()).expect_err("it does not begin");
            assert!(matches!(error, StartError::ResumeNotAllowed { .. }), "{error}");
            let text = error.to_string();
            assert!(text.starts_with("the download cannot be resumed: its parts"), "{text}");
        }
    }
    for header in ["Range", "If-Range", "if-none-match"] {
        let request = request("/x").header(header, "x");
        let error = request.send_fn(|_| ()).expect_err("it does not begin");
        assert!(matches!(error, StartError::HeaderNotAllowed { .. }), "{error}");
    }
    let error = Request::idb_delete("x").resume(true).send_fn(|_| ()).expect_err("a record");
    assert!(matches!(error, StartError::OptionNotAllowed { .. }), "{error}");
    let mode = CacheMode::NoStore;
    let error = fetch!(GET "/x", cache: mode, resume: true => |_| ()).expect_err("at run time");
    assert!(matches!(error, StartError::ResumeNotAllowed { .. }), "{error}");
}

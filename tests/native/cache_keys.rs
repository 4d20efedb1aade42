//! The keys of downloads in the cache.

use std::cell::RefCell;
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, set_base_url};

use crate::backend::{cache, load, outcome_of, store};
use crate::server;

/// Two programs, or two pages, mean different resources by the same relative URL.
#[test]
fn a_download_is_kept_under_its_absolute_url() {
    let _folder = cache();
    for game in ["a", "b"] {
        set_base_url(&server().url(&format!("/uri/game-{game}/"))).unwrap();
        let request = || Request::get("data.bin#fragment").cache(CacheMode::ForceCache);
        let response = outcome_of(request());
        assert_eq!(response.cache_status(), CacheStatus::Stored, "{game}");
        assert_eq!(response.text(), format!("/uri/game-{game}/data.bin"));
        assert_eq!(outcome_of(request()).cache_status(), CacheStatus::Hit);
        // It is found by either name, and reported by the one that it was asked for.
        let absolute = server().url(&format!("/uri/game-{game}/data.bin"));
        for url in ["data.bin", "./data.bin#other", &absolute] {
            let response = load(url);
            assert_eq!(response.text(), format!("/uri/game-{game}/data.bin"), "{url}");
            assert_eq!(response.url(), url);
        }
        assert!(outcome_of(Request::idb_delete(absolute)).is_success());
        assert_eq!(load("data.bin").outcome(), Outcome::CacheMiss);
    }
}

/// The base URL counts when the request starts, and not when the cache has answered.
#[test]
fn a_base_that_changes_before_the_cache_answers() {
    let _folder = cache();
    set_base_url(&server().url("/uri/game-a/")).unwrap();
    let body = Rc::new(RefCell::new(String::new()));
    let to = Rc::clone(&body);
    let request = Request::get("data.bin").cache(CacheMode::ForceCache);
    request.send_fn(move |response| *to.borrow_mut() = response.text().into_owned()).unwrap();
    set_base_url(&server().url("/uri/game-b/")).unwrap();
    fetch_runtime::run();
    assert_eq!(*body.borrow(), "/uri/game-a/data.bin");
    assert_eq!(load(&server().url("/uri/game-a/data.bin")).text(), "/uri/game-a/data.bin");
}

#[test]
fn a_file_is_kept_under_its_absolute_url() {
    let _folder = cache();
    let site = tempfile::tempdir().unwrap();
    std::fs::write(site.path().join("data.bin"), b"data").unwrap();
    set_base_url(&format!("file://{}/", site.path().display())).unwrap();
    let response = outcome_of(Request::get("/data.bin").cache(CacheMode::Reload));
    assert_eq!(response.cache_status(), CacheStatus::Stored);
    assert_eq!(load(&format!("file://{}/data.bin", site.path().display())).text(), "data");
    assert_eq!(load("data.bin").text(), "data");
}

/// Without a base, the text is a record's key and nothing else.
#[test]
fn a_key_that_is_no_url() {
    let _folder = cache();
    for key in ["save/1", "http://", "ключ"] {
        assert_eq!(load(key).outcome(), Outcome::CacheMiss, "{key}");
        assert!(store(key, vec![7]).is_success());
        assert_eq!(load(key).body(), [7], "{key}");
    }
    let error =
        Request::get("save/1").cache(CacheMode::ForceCache).send_fn(|_| ()).map(drop).unwrap_err();
    assert!(error.to_string().contains("set_base_url"), "{error}");
}

/// A script's base is the same, if the program has none.
#[test]
fn a_scripts_base() {
    let script = Script::install();
    let cached = Answer::cached("data");
    script.answer("GET", "https://example.com/data.bin", cached);
    assert_eq!(load("data.bin").text(), "data");
    let response = outcome_of(Request::get("/data.bin").cache(CacheMode::ForceCache));
    assert_eq!((response.cache_status(), response.text()), (CacheStatus::Hit, "data".into()));
}

//! The cache across a reload of the page.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request};
use fetch_shared::scenario::Test;

use crate::driver::Run;
use crate::js;

/// The page runs the set twice: before it reloads itself, and after.
pub(crate) fn reload() -> Vec<(String, Run)> {
    let is_first = std::env::var("FETCH_RUNNER_LOAD").as_deref() != Ok("1");
    if is_first { tests![before_a_reload] } else { tests![after_a_reload] }
}

fn cached(t: &Test, mode: CacheMode, status: CacheStatus) {
    t.send(Request::get(t.url("/bytes/77")).cache(mode), move |_, response| {
        assert_eq!((response.outcome(), response.cache_status()), (Outcome::Success, status));
        assert_eq!(response.body().len(), 77);
    });
}

/// A download with its head.
fn governed(t: &Test, status: CacheStatus) {
    let control = "no-store, must-understand, max-age=3600".replace(' ', "%20");
    let url = t.url(&format!("/validated/reload?etag=%227%22&control={control}"));
    t.send(Request::get(url).cache(CacheMode::Default), move |_, response| {
        assert_eq!((response.outcome(), response.cache_status()), (Outcome::Success, status));
        assert_eq!((&*response.text(), response.header("x-count")), ("1", Some("1")));
        assert_eq!(response.age().is_some(), status == CacheStatus::Hit, "{response:?}");
    });
}

fn before_a_reload(t: &Test) {
    governed(t, CacheStatus::Stored);
    cached(t, CacheMode::ForceCache, CacheStatus::Stored);
    t.send(Request::idb_store("kept/ü").body("kept"), |_, response| {
        assert!(response.is_success())
    });
    t.then(|_| js::run("fetchRunner.reload()"));
    // A page that stays is a failure. A page that goes ends its requests first, in some browsers.
    t.then(|t| {
        t.send(Request::get(t.url("/slow/20000")), |t, response| {
            assert_ne!(response.outcome(), Outcome::Success, "the page was not reloaded");
            drop(t.expect()); // the driver waits for the end of the page
        });
    });
}

fn after_a_reload(t: &Test) {
    governed(t, CacheStatus::Hit);
    cached(t, CacheMode::ForceCache, CacheStatus::Hit);
    t.then(|t| cached(t, CacheMode::OnlyIfCached, CacheStatus::Hit));
    t.then(|t| {
        t.send(Request::get("kept/ü").cache(CacheMode::OnlyIfCached), |_, response| {
            assert_eq!(response.text(), "kept");
        });
    });
    t.then(|t| {
        t.send(Request::get(t.url("/requests?path=/bytes/77")), |_, response| {
            assert_eq!(response.text(), "1")
        });
    });
    t.then(|t| cached(t, CacheMode::Reload, CacheStatus::Stored));
    t.then(|t| cached(t, CacheMode::NoStore, CacheStatus::Bypass));
}

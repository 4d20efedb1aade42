//! Entries and a clock that was set: their times are moved in the database itself.

use std::time::Duration;

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request};
use fetch_shared::scenario::{Test, assert_is};

use super::in_the_store;
use crate::driver::Run;

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![the_clock_was_set_back, the_clock_was_set_forward]
}

fn get(t: &Test, key: &'static str, status: CacheStatus) {
    let control = "no-store, must-understand, max-age=3600".replace(' ', "%20");
    let url = t.url(&format!("/validated/{key}?etag=%227%22&control={control}"));
    t.send(Request::get(url).cache(CacheMode::Default).cache_key(key), move |_, response| {
        assert_is(&response, Outcome::Success, status);
        assert_eq!(response.text(), "1", "{response:?}");
        let is_new = response.age() < Some(Duration::from_secs(60));
        assert!(is_new && response.age().is_some() == (status != CacheStatus::Stored));
    });
}

/// Stores an entry, and moves its times. The server is asked, and then the age is known again.
fn moved_by(t: &Test, key: &'static str, seconds: i64) {
    get(t, key, CacheStatus::Stored);
    t.then(move |t| get(t, key, CacheStatus::Hit));
    t.then(move |t| in_the_store(t, &format!("shift({key:?}, {seconds})")));
    t.then(move |t| get(t, key, CacheStatus::Revalidated));
    t.then(move |t| get(t, key, CacheStatus::Hit));
}

/// A response from the future has no age.
fn the_clock_was_set_back(t: &Test) {
    moved_by(t, "clock-back", 1_000_000);
}

/// A response from long ago is stale.
fn the_clock_was_set_forward(t: &Test) {
    moved_by(t, "clock-forward", -1_000_000);
}

//! A browser that is killed in the middle of stores, and comes back with its profile.
//!
//! Each life checks what the one before has left. It then stores a version of each key, and is
//! killed at a random moment while it stores the next one.

use fetch_runtime::CacheMode::{Default, NoCache, OnlyIfCached, Reload};
use fetch_runtime::{CacheStatus, Outcome, Request, Response};
use fetch_shared::scenario::{Test, assert_is};
use fetch_shared::version::{body_of_version, version_of_body};

use crate::driver::Run;
use crate::js;

/// How often the browser is killed.
const KILLS: u32 = 10;

/// The bytes of each body.
const LENGTH: usize = 2_500_000;

/// How a key is written.
#[derive(Clone, Copy)]
enum Store {
    /// A record of the program.
    Record,
    /// A download's body.
    Body,
    /// A download's body, and its head.
    Entry,
}

const KEYS: [(&str, Store); 5] = [
    ("killed/record", Store::Record),
    ("killed/body", Store::Body),
    ("killed/entry", Store::Entry),
    ("killed/record-2", Store::Record),
    ("killed/entry-2", Store::Entry),
];

pub(crate) fn tests() -> Vec<(String, Run)> {
    let kills = std::env::var("FETCH_RUNNER_KILLS").ok().and_then(|kills| kills.parse().ok());
    let kills: u32 = kills.expect("the runner counts");
    if kills < KILLS {
        vec![(format!("kill_{}", kills + 1), Box::new(move |t| live(t, kills)))]
    } else {
        vec![("after_the_last_kill".into(), Box::new(move |t| check(t, kills)))]
    }
}

fn live(t: &Test, kills: u32) {
    check(t, kills);
    // Complete before anything is killed.
    t.then(move |t| {
        js::run("globalThis.began = performance.now()");
        for (key, how) in KEYS {
            store(t, key, how, old_of(kills));
        }
    });
    t.then(move |t| {
        js::run(&format!(
            // In the tenth of the time that the stores took whose turn it is; a bit later, too.
            "const took = performance.now() - began;
            const at = Math.ceil(took * 1.2 * ({kills} + Math.random()) / {KILLS});
            const times = `after ${{at}} ms; the stores took ${{Math.round(took)}} ms`;
            console.log('kill {} of {KILLS}', times);
            fetchRunner.kill(at)",
            kills + 1
        ));
        for (key, how) in KEYS {
            store_for_ever(t, key, how, old_of(kills) + 1);
        }
    });
}

/// The version that is complete when the browser has been killed so often.
fn old_of(kills: u32) -> u32 {
    1000 + 2 * kills
}

/// Each key is old or new, as a whole.
fn check(t: &Test, kills: u32) {
    for (key, how) in KEYS {
        let is_as_left = move |version: Option<u32>| match kills.checked_sub(1).map(old_of) {
            None => version.is_none(),
            Some(old) => version.is_some_and(|version| version == old || version == old + 1),
        };
        t.send(Request::get(key).cache(OnlyIfCached), move |_, response| {
            assert_ne!(response.outcome(), Outcome::CacheUnavailable, "{response:?}");
            let version = version_of_body(response.body(), LENGTH);
            assert!(is_as_left(version), "{key}: {version:?} after {kills} kills: {response:?}");
        });
        if matches!(how, Store::Entry) && kills > 0 {
            let get = Request::get(url(t, 0)).cache(Default).cache_key(key);
            t.send(get, move |_, response| {
                assert_is(&response, Outcome::Success, CacheStatus::Hit);
                let version = version_of_body(response.body(), LENGTH);
                assert!(is_as_left(version), "{key}: {version:?}: {response:?}");
                let etag = version.map(|version| format!("\"{version}\""));
                assert_eq!(response.header("etag"), etag.as_deref(), "{key}: another's head");
            });
        }
    }
}

fn url(t: &Test, version: u32) -> String {
    t.url(&format!("/version/{version}/{LENGTH}"))
}

fn request(t: &Test, key: &'static str, how: Store, version: u32) -> Request {
    match how {
        Store::Record => Request::idb_store(key).body(body_of_version(version, LENGTH)),
        Store::Body => Request::get(url(t, version)).cache(Reload).cache_key(key),
        Store::Entry => Request::get(url(t, version)).cache(NoCache).cache_key(key),
    }
}

fn is_stored(response: &Response) {
    assert_is(response, Outcome::Success, CacheStatus::Stored);
}

fn store(t: &Test, key: &'static str, how: Store, version: u32) {
    t.send(request(t, key, how, version), |_, response| is_stored(&response));
}

/// Stores it again and again: whenever the browser is killed, something is being stored.
fn store_for_ever(t: &Test, key: &'static str, how: Store, version: u32) {
    t.send(request(t, key, how, version), move |t, response| {
        is_stored(&response);
        store_for_ever(t, key, how, version);
    });
}

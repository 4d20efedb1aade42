//! A browser without a network, and a server that goes.

use std::time::Duration;

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request};
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::{Test, assert_is};

use super::{downloads, fails, is_network_error, leaves_nothing, with_another_origin};
use crate::driver::Run;
use crate::js;
use crate::options::streams;

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![
        the_browser_is_offline,
        no_network,
        what_is_cached_is_there,
        a_start_without_a_network,
        a_server_that_goes,
        a_server_that_goes_in_mid_body
    ]
}

/// An address of the documentation, and a name: there is a route to neither.
const AWAY: [&str; 2] = ["http://192.0.2.1/bytes/907", "http://game.invalid/bytes/907"];

/// Else the other tests would prove nothing.
fn the_browser_is_offline(_: &Test) {
    let is_online = js::evaluate("String(navigator.onLine)");
    assert_eq!(is_online, "false", "FETCH_RUNNER_OFFLINE=true takes the network away");
}

fn no_network(t: &Test) {
    leaves_nothing(t, |t| {
        for url in AWAY {
            t.then_first(move |t| {
                fails(t, url);
                // A deadline does not turn it into something else.
                let request = Request::get(url).timeout(Duration::from_secs(50));
                t.send(request, |_, response| is_network_error(&response));
            });
        }
    });
}

/// The page's own server stands in for the one that is away, at the time of the download.
fn what_is_cached_is_there(t: &Test) {
    leaves_nothing(t, |t| {
        let [url, _] = AWAY;
        let download = Request::get(t.url("/bytes/907")).cache(CacheMode::Reload).cache_key(url);
        t.send(download, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        });
        t.then_first(move |t| {
            for mode in [CacheMode::ForceCache, CacheMode::OnlyIfCached] {
                t.send(Request::get(url).cache(mode), |_, response| {
                    assert_is(&response, Outcome::Success, CacheStatus::Hit);
                    assert!(response.body().len() == 907 && is_pattern(response.body(), 0));
                });
            }
            // It does not fall back to the record, and leaves it.
            t.send(Request::get(url).cache(CacheMode::Reload), |_, response| {
                is_network_error(&response);
            });
            t.then_first(move |t| {
                t.send(Request::get(url).cache(CacheMode::ForceCache), |_, response| {
                    assert_is(&response, Outcome::Success, CacheStatus::Hit);
                });
                t.send(Request::idb_delete(url), |_, response| assert!(response.is_success()));
            });
        });
    });
}

/// A stale response, with its head, where that is permitted, and nothing else.
fn a_start_without_a_network(t: &Test) {
    let [url, _] = AWAY;
    let store = |t: &Test, control: &str, key: &'static str| {
        let control = fetch_runtime::encode_component(control);
        let page = t.url(&format!("/validated/offline?etag=%227%22&control={control}"));
        let download = Request::get(page).cache(CacheMode::Default).cache_key(key);
        t.send(download, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        });
    };
    store(t, "no-store, must-understand, max-age=0, stale-if-error=3600", "offline/stale");
    store(t, "no-store, must-understand, max-age=0", "offline/strict");
    store(t, "no-store, must-understand, max-age=3600", "offline/fresh");
    let get = move |key| Request::get(url).cache(CacheMode::Default).cache_key(key);
    t.then(move |t| {
        for (key, status) in
            [("offline/stale", CacheStatus::Stale), ("offline/fresh", CacheStatus::Hit)]
        {
            t.send(get(key), move |_, response| {
                assert_is(&response, Outcome::Success, status);
                assert_eq!(response.header("etag"), Some("\"7\""), "{response:?}");
                assert!(!response.body().is_empty() && response.age().is_some());
            });
        }
        t.send(get("offline/strict"), |_, response| is_network_error(&response));
    });
}

const SHARED: &str = "Access-Control-Allow-Origin=*";

fn stop_others(t: &Test) {
    t.send(Request::get(t.url("/fetch-runner/others/stop")), |_, response| {
        assert!(response.is_success());
    });
}

fn a_server_that_goes(t: &Test) {
    with_another_origin(t, |t, other| {
        let url = format!("{other}/status/404?{SHARED}");
        for request in downloads(&url, |_| ()) {
            t.send(request, |_, response| assert_eq!(response.status(), 404, "{response:?}"));
        }
        t.then_first(stop_others);
        t.then(|t| leaves_nothing(t, move |t| fails(t, &url)));
    });
}

fn a_server_that_goes_in_mid_body(t: &Test) {
    leaves_nothing(t, |t| {
        with_another_origin(t, |t, other| {
            let url = format!("{other}/drip/1000/20?{SHARED}");
            let get = || Request::get(url.as_str());
            let mut requests =
                vec![get(), get().cache(CacheMode::Reload), get().cache(CacheMode::ForceCache)];
            if streams() {
                requests.push(get().on_chunk(|_| ()));
            }
            for request in requests {
                t.send(request, |_, response| is_network_error(&response));
            }
            // Meanwhile, all of them are in their bodies.
            let waits = Request::get(t.url("/slow/500"));
            t.send(waits, |t, _| stop_others(t));
        });
    });
}

//! Requests to the cache, and through it.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, fetch};

use crate::pattern::is_pattern;
use crate::scenario::{Test, assert_is};

scenarios! { $ for_each_cache_scenario:
    no_store
    reload
    force_cache
    only_if_cached
    cache_key
    error_status_is_not_stored
    only_a_200_is_stored
    a_range_without_the_cache
    a_download_is_kept_under_its_absolute_url
    a_record_comes_before_a_download
    the_keys_of_a_base_url
    true_status_of_what_is_stored
    no_reason_phrase_after_a_miss
    store_load_delete
    replace_a_record
    empty_record
    keys_are_data
    templates_find_what_they_stored
    stored_in_order
    status_text_of_an_empty_body
    an_aborted_store_tells_the_truth
}

/// A download is kept under the URL that it was sent to. A record's key has no base.
fn the_keys_of_a_base_url(t: &Test) {
    fn send(t: &Test, request: Request, length: usize, status: CacheStatus) {
        t.send(request, move |_, response| {
            assert_is(&response, Outcome::Success, status);
            assert_eq!(response.body().len(), length);
        });
    }
    t.with_base("/bytes/", || {
        let download = Request::get("4001#part").cache(CacheMode::ForceCache);
        send(t, download, 4001, CacheStatus::Stored);
        send(t, Request::idb_store("4002").body("record"), 0, CacheStatus::Stored);
    });
    t.then(|t| {
        let cached = |url: &str| Request::get(url).cache(CacheMode::OnlyIfCached);
        send(t, cached(&t.url("/bytes/4001")), 4001, CacheStatus::Hit);
        send(t, cached("4002"), 6, CacheStatus::Hit);
        t.with_base("/bytes/", || {
            send(t, cached("4001"), 4001, CacheStatus::Hit);
            send(t, cached("4002"), 6, CacheStatus::Hit);
            let again = Request::get("4001").cache(CacheMode::ForceCache);
            send(t, again, 4001, CacheStatus::Hit);
        });
    });
}

/// How often the server was asked for a path.
fn requests(t: &Test, path: &'static str, check: impl FnOnce(usize) + 'static) {
    t.send(Request::get(t.url(&format!("/requests?path={path}"))), move |_, response| {
        check(response.text().parse().expect("a number"));
    });
}

/// Sends a GET in this mode, and checks how it ends.
fn get(t: &Test, path: &str, mode: CacheMode, outcome: Outcome, cache_status: CacheStatus) {
    t.send(Request::get(t.url(path)).cache(mode), move |_, response| {
        assert_is(&response, outcome, cache_status)
    });
}

/// `NoStore` neither reads nor writes.
fn no_store(t: &Test) {
    get(t, "/bytes/2011", CacheMode::NoStore, Outcome::Success, CacheStatus::Bypass);
    t.then(|t| {
        get(t, "/bytes/2011", CacheMode::OnlyIfCached, Outcome::CacheMiss, CacheStatus::Bypass)
    });
}

/// `Reload` writes each time, and never reads.
fn reload(t: &Test) {
    for _ in 0..2 {
        t.then(|t| get(t, "/bytes/2012", CacheMode::Reload, Outcome::Success, CacheStatus::Stored));
    }
    t.then(|t| requests(t, "/bytes/2012", |count| assert_eq!(count, 2)));
    t.then(|t| get(t, "/bytes/2012", CacheMode::OnlyIfCached, Outcome::Success, CacheStatus::Hit));
}

/// `ForceCache` writes at first, then reads.
fn force_cache(t: &Test) {
    get(t, "/bytes/100013", CacheMode::ForceCache, Outcome::Success, CacheStatus::Stored);
    t.then(|t| {
        t.send(Request::get(t.url("/bytes/100013")).cache(CacheMode::ForceCache), |t, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert_eq!((response.status(), response.status_text()), (200, "OK"));
            assert_eq!(response.url(), t.url("/bytes/100013"));
            assert!(response.headers().is_none() && response.final_url().is_none());
            assert!(is_pattern(response.body(), 0));
            assert_eq!(response.body().len(), 100_013);
        });
    });
    t.then(|t| requests(t, "/bytes/100013", |count| assert_eq!(count, 1)));
}

/// `OnlyIfCached` reads, and never downloads.
fn only_if_cached(t: &Test) {
    t.send(Request::get(t.url("/bytes/2014")).cache(CacheMode::OnlyIfCached), |_, response| {
        assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass);
        assert_eq!((response.status(), response.status_text()), (0, ""));
        assert!(response.body().is_empty() && response.headers().is_none());
        assert!(response.into_result().unwrap_err().to_string().ends_with("not in the cache"));
    });
    t.then(|t| requests(t, "/bytes/2014", |count| assert_eq!(count, 0)));
}

/// A `cache_key` takes the place of the URL.
fn cache_key(t: &Test) {
    let request =
        Request::get(t.url("/bytes/2015")).cache(CacheMode::Reload).cache_key("schlüssel/15");
    t.send(request, |_, response| assert_is(&response, Outcome::Success, CacheStatus::Stored));
    t.then(|t| {
        t.send(Request::get("schlüssel/15").cache(CacheMode::OnlyIfCached), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert_eq!(response.body().len(), 2015);
        });
        get(t, "/bytes/2015", CacheMode::OnlyIfCached, Outcome::CacheMiss, CacheStatus::Bypass);
    });
}

/// Emscripten leaves the "Not Found" of the miss where the server sends no reason phrase.
fn no_reason_phrase_after_a_miss(t: &Test) {
    t.send(Request::get(t.url("/no-reason")).cache(CacheMode::ForceCache), |_, response| {
        assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
        assert_eq!((response.status(), response.status_text()), (500, ""));
    });
}

/// A 404 page does not get into the cache.
fn error_status_is_not_stored(t: &Test) {
    t.send(Request::get(t.url("/status/404")).cache(CacheMode::ForceCache), |_, response| {
        assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
        assert_eq!((response.status(), response.status_text()), (404, "Not Found"));
        assert_eq!(response.text(), "status 404");
    });
    t.then(|t| {
        get(t, "/status/404", CacheMode::OnlyIfCached, Outcome::CacheMiss, CacheStatus::Bypass)
    });
    // The miss has left its own 404 where the status goes.
    t.then(|t| {
        t.send(Request::get("http://127.0.0.1:1/").cache(CacheMode::ForceCache), |_, response| {
            assert_is(&response, Outcome::NetworkError, CacheStatus::Bypass);
            assert_eq!((response.status(), response.status_text()), (0, ""));
        });
    });
}

/// A request without the cache may ask for a part.
fn a_range_without_the_cache(t: &Test) {
    let request =
        Request::get(t.url("/headers")).header("Range", "bytes=0-3").cache(CacheMode::NoStore);
    t.send(request, |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Bypass);
        assert!(response.text().contains("bytes=0-3"), "{response:?}");
    });
}

/// A stored part would pass for the whole, and a stored 201 or 203 for the resource itself.
fn only_a_200_is_stored(t: &Test) {
    const OTHERS: [(u16, &str); 4] = [
        (201, "Created"),
        (203, "Non Authoritative Information"),
        (204, "No Content"),
        (206, "Partial Content"),
    ];
    for mode in [CacheMode::Reload, CacheMode::ForceCache] {
        for (status, text) in OTHERS {
            t.send(
                Request::get(t.url(&format!("/status/{status}"))).cache(mode),
                move |_, response| {
                    assert_is(&response, Outcome::Success, CacheStatus::NotStored);
                    assert_eq!((response.status(), response.status_text()), (status, text));
                    let body =
                        if status == 204 { String::new() } else { format!("status {status}") };
                    assert_eq!(response.text(), body.as_str());
                },
            );
        }
    }
    t.then(|t| {
        for (status, _) in OTHERS {
            let path = format!("/status/{status}");
            get(t, &path, CacheMode::OnlyIfCached, Outcome::CacheMiss, CacheStatus::Bypass);
        }
    });
    // A part does not replace the whole, either.
    t.then(|t| {
        let request =
            |path: &str| Request::get(t.url(path)).cache(CacheMode::Reload).cache_key("whole");
        t.send(request("/bytes/2018"), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        });
    });
    t.then(|t| {
        let part = Request::get(t.url("/status/206")).cache(CacheMode::Reload).cache_key("whole");
        t.send(part, |_, response| assert_is(&response, Outcome::Success, CacheStatus::NotStored));
    });
    t.then(|t| load(t, "whole", |response| assert_eq!(response.body().len(), 2018)));
}

/// The key is the absolute URL without its fragment, however it was written.
fn a_download_is_kept_under_its_absolute_url(t: &Test) {
    t.send(Request::get("/bytes/2016#one").cache(CacheMode::Reload), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!(response.url(), "/bytes/2016#one");
    });
    t.then(|t| {
        for url in [
            "/bytes/2016".to_owned(),
            "/x/../bytes/2016#two".to_owned(),
            t.url("/bytes/2016#three"),
        ] {
            for mode in [CacheMode::OnlyIfCached, CacheMode::ForceCache] {
                t.send(Request::get(&url).cache(mode), |_, response| {
                    assert_is(&response, Outcome::Success, CacheStatus::Hit);
                    assert_eq!(response.body().len(), 2016);
                });
            }
        }
    });
    t.then(|t| {
        let called = t.expect();
        fetch!(GET "/bytes/2016#four", cache: OnlyIfCached => move |response| {
            called();
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
        })
        .unwrap();
    });
}

/// A record's key is used as written. If it is also a URL, the record is found before the download.
fn a_record_comes_before_a_download(t: &Test) {
    t.send(Request::idb_store("/bytes/2017").body("record"), |_, response| {
        assert!(response.is_success())
    });
    t.send(Request::get("/bytes/2017").cache(CacheMode::ForceCache), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
    t.then(|t| {
        load(t, "/bytes/2017", |response| assert_eq!(response.text(), "record"));
        t.send(Request::get("/bytes/2017").cache(CacheMode::ForceCache), |_, response| {
            assert_eq!(response.body().len(), 2017);
        });
        let key = Request::get("/x").cache(CacheMode::OnlyIfCached).cache_key("/bytes/2017#");
        t.send(key, |_, response| assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass));
    });
    t.then(|t| {
        t.send(Request::idb_delete("/bytes/2017"), |_, response| assert!(response.is_success()));
    });
    t.then(|t| load(t, "/bytes/2017", |response| assert_eq!(response.body().len(), 2017)));
}

/// The status is the server's, not the 200 that storing writes over it.
fn true_status_of_what_is_stored(t: &Test) {
    for mode in [CacheMode::Reload, CacheMode::ForceCache] {
        let key = format!("reason/{mode:?}");
        t.send(Request::get(t.url("/reason")).cache(mode).cache_key(key), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
            assert_eq!((response.status(), response.status_text()), (200, "All Is Well"));
        });
    }
}

fn load(t: &Test, key: &str, check: impl FnOnce(Response) + 'static) {
    t.send(Request::get(key).cache(CacheMode::OnlyIfCached), move |_, response| check(response));
}

/// A record is stored, loaded and deleted.
fn store_load_delete(t: &Test) {
    let called = t.expect();
    fetch!(IDB_STORE "save/1", body: b"record" => move |response| {
        called();
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!(response.url(), "save/1");
    })
    .unwrap();
    t.then(|t| {
        load(t, "save/1", |response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert_eq!(response.body(), b"record");
        });
    });
    // Twice: a missing record can be deleted as well.
    for _ in 0..2 {
        t.then(|t| {
            let called = t.expect();
            fetch!(IDB_DELETE "save/1" => move |response| {
                called();
                assert_is(&response, Outcome::Success, CacheStatus::Bypass);
            })
            .unwrap();
        });
    }
    t.then(|t| {
        load(t, "save/1", |response| assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass))
    });
}

/// A new record replaces the old one.
fn replace_a_record(t: &Test) {
    for length in [100_000_usize, 10, 200_000] {
        t.then(move |t| {
            let store = Request::idb_store("replaced").body(vec![7; length]);
            t.send(store, |_, response| {
                assert_is(&response, Outcome::Success, CacheStatus::Stored)
            });
        });
        t.then(move |t| {
            load(t, "replaced", move |response| assert_eq!(response.body(), vec![7; length]))
        });
    }
}

/// A record may be empty.
fn empty_record(t: &Test) {
    t.send(Request::idb_store("empty").body(""), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
    t.then(|t| {
        load(t, "empty", |response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert!(response.body().is_empty());
        });
    });
}

/// A key is any string.
fn keys_are_data(t: &Test) {
    const KEYS: [&str; 7] = ["../up", "a'b\"c", "ключ/鍵", "%2e%2e", "a b", "A", "a"];
    for key in KEYS {
        t.send(Request::idb_store(key).body(key), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        });
    }
    t.then(|t| {
        for key in KEYS {
            load(t, key, move |response| assert_eq!(response.text(), key));
        }
    });
}

/// A value is encoded in a key as it is in a URL.
fn templates_find_what_they_stored(t: &Test) {
    const SLOT: &str = "a/b?c";
    let called = t.expect();
    fetch!(IDB_STORE "save/{SLOT}", body: "7" => move |response| {
        called();
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    })
    .unwrap();
    t.then(|t| {
        let called = t.expect();
        fetch!(GET "save/{SLOT}", cache: OnlyIfCached => move |response| {
            called();
            assert_eq!((response.text(), response.url()), ("7".into(), "save/a%2Fb%3Fc"));
        })
        .unwrap();
    });
    t.then(|t| {
        let called = t.expect();
        fetch!(IDB_DELETE "save/{SLOT}" => move |_| called()).unwrap();
    });
    t.then(|t| {
        load(t, "save/a%2Fb%3Fc", |response| assert_eq!(response.outcome(), Outcome::CacheMiss))
    });
}

/// Emscripten writes the status text with the body. This response has no body.
fn status_text_of_an_empty_body(t: &Test) {
    for mode in [CacheMode::NoStore, CacheMode::Reload] {
        t.send(Request::get(t.url("/empty")).cache(mode), |_, response| {
            assert_eq!((response.status(), response.status_text()), (200, "OK"));
            assert!(response.is_success() && response.body().is_empty());
        });
    }
}

/// A store that was aborted while it was written is complete, and the response says so.
fn an_aborted_store_tells_the_truth(t: &Test) {
    t.send(Request::idb_store("aborted store").body("x"), |t, response| {
        assert_eq!(response.outcome(), Outcome::Aborted);
        let stored = response.cache_status() == CacheStatus::Stored;
        load(t, "aborted store", move |response| assert_eq!(response.is_success(), stored));
    })
    .abort();
}

/// A load that starts after a store sees the store.
fn stored_in_order(t: &Test) {
    for i in 0..20_u8 {
        t.send(Request::idb_store("ordered").body(vec![i]), |_, response| {
            assert!(response.is_success())
        });
        load(t, "ordered", move |response| assert_eq!(response.body(), [i]));
    }
}

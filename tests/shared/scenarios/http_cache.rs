//! Requests that the rules of an HTTP cache govern: the modes `NoCache` and `Default`.

use std::time::Duration;

use fetch_runtime::CacheMode::{Default, ForceCache, NoCache, OnlyIfCached, Reload};
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, StartError};

use crate::scenario::{Test, assert_is};

scenarios! { $ for_each_http_cache_scenario:
    no_cache_asks_each_time
    no_cache_asks_by_date
    no_cache_notices_a_change
    no_cache_without_validators
    no_cache_fails_without_a_server
    default_uses_what_is_fresh
    default_asks_about_what_is_stale
    an_expiry_date
    the_age_on_arrival
    directives_of_the_request
    a_quote_that_is_never_closed
    fields_of_the_connection
    the_server_forbids_storing
    stale_while_revalidate
    stale_if_error
    must_revalidate
    vary
    a_304_that_was_not_asked_for
    a_304_for_another_etag
    weak_etags
    other_modes_store_bodies_alone
    a_record_has_no_headers
    deleted
    a_cache_key
    the_key_of_a_redirected_download
    a_redirect_that_has_changed
    an_empty_body
    conditions_of_the_program
    a_clone_is_governed_too
    awaited
}

/// The URL of a resource: see the server's `/validated`. It is not for the browser's own cache,
/// which does not know `must-understand`.
pub(super) fn url(t: &Test, name: &str, query: &[(&str, &str)]) -> String {
    let control = query.iter().find(|(name, _)| *name == "control").map_or("", |(_, value)| value);
    let control = format!("no-store, must-understand, {control}");
    let others = query.iter().filter(|(name, _)| *name != "control").copied();
    url_for_all(t, name, &[("control", &*control)].into_iter().chain(others).collect::<Vec<_>>())
}

/// The same for all caches.
fn url_for_all(t: &Test, name: &str, query: &[(&str, &str)]) -> String {
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", fetch_runtime::encode_component(value)))
        .collect();
    t.url(&format!("/validated/{name}?{}", query.join("&")))
}

/// Sends these requests one after the other, and checks each response.
fn each(
    t: &Test,
    url: String,
    requests: impl IntoIterator<Item = (CacheMode, CacheStatus, &'static str)>,
) {
    for (mode, status, body) in requests {
        let url = url.clone();
        t.then(move |t| {
            t.send(Request::get(url).cache(mode), move |_, response| {
                assert_is(&response, Outcome::Success, status);
                assert_eq!((&*response.text(), response.status()), (body, 200), "{response:?}");
            });
        });
    }
}

fn then_get(t: &Test, url: &str, mode: CacheMode, check: impl FnOnce(Response) + 'static) {
    let request = Request::get(url).cache(mode);
    t.then(move |t| _ = t.send(request, |_, response| check(response)));
}

pub(super) const HOUR: &str = "max-age=3600";

/// A 304 is answered from the cache, with the headers of then and of now.
fn no_cache_asks_each_time(t: &Test) {
    let url = url_for_all(t, "asks", &[("etag", "\"1\""), ("control", HOUR)]);
    then_get(t, &url, NoCache, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!((response.header("x-asked"), response.age()), (Some("none"), None));
    });
    for count in ["2", "3"] {
        then_get(t, &url, NoCache, move |response| {
            assert_is(&response, Outcome::Success, CacheStatus::Revalidated);
            assert_eq!((response.status(), response.status_text()), (200, "OK"));
            assert_eq!(response.text(), "1");
            assert_eq!(response.header("x-asked"), Some("\"1\""));
            assert_eq!(response.header("x-count"), Some(count));
            assert_eq!(response.header("x-control"), Some("max-age=0"));
            assert_eq!(response.header("content-length"), Some("1"), "{response:?}");
            assert!(response.age() < Some(Duration::from_secs(60)), "{response:?}");
            assert!(response.age().is_some());
            assert_eq!(response.final_url(), Some(response.url()));
        });
    }
}

/// Without an `ETag`, the date of the last change is the validator.
fn no_cache_asks_by_date(t: &Test) {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let url = url(t, "by-date", &[("modified", date)]);
    then_get(t, &url, NoCache, |response| assert_eq!(response.text(), "1"));
    then_get(t, &url, NoCache, move |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Revalidated);
        assert_eq!((&*response.text(), response.header("x-asked")), ("1", Some(date)));
    });
}

/// A new body replaces the old one.
fn no_cache_notices_a_change(t: &Test) {
    let url = url(t, "changes", &[("etag", "\"1\""), ("then", "change")]);
    each(
        t,
        url,
        [
            (NoCache, CacheStatus::Stored, "1"),
            (NoCache, CacheStatus::Stored, "2"),
            (OnlyIfCached, CacheStatus::Hit, "2"),
        ],
    );
}

/// It is downloaded again.
fn no_cache_without_validators(t: &Test) {
    let url = url(t, "bare", &[("control", HOUR)]);
    each(
        t,
        url.clone(),
        [
            (NoCache, CacheStatus::Stored, "1"),
            (NoCache, CacheStatus::Stored, "2"),
            (Default, CacheStatus::Hit, "2"),
        ],
    );
    then_get(t, &url, Default, |response| assert_eq!(response.header("x-asked"), Some("none")));
}

/// Even where the server permits a stale response.
fn no_cache_fails_without_a_server(t: &Test) {
    let control = "max-age=0, stale-if-error=3600";
    let url = url(t, "gone", &[("control", control), ("etag", "\"1\""), ("then", "503")]);
    each(t, url.clone(), [(NoCache, CacheStatus::Stored, "1")]);
    then_get(t, &url, NoCache, |response| {
        assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
        assert_eq!((response.status(), response.age()), (503, None));
    });
    each(t, url, [(OnlyIfCached, CacheStatus::Hit, "1")]);
}

/// The server is not asked, and the headers are those of then.
fn default_uses_what_is_fresh(t: &Test) {
    let url = url_for_all(t, "fresh", &[("control", HOUR), ("etag", "\"1\"")]);
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!(response.text(), "1");
    });
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Hit);
        assert_eq!((response.status(), response.status_text()), (200, "OK"));
        assert_eq!((&*response.text(), response.header("x-count")), ("1", Some("1")));
        assert_eq!(response.final_url(), Some(response.url()));
        assert!(response.age() < Some(Duration::from_secs(60)), "{response:?}");
        assert!(response.age().is_some() && response.header("ETag") == Some("\"1\""));
    });
}

/// A 304 makes it fresh again, or not.
fn default_asks_about_what_is_stale(t: &Test) {
    for control in ["", "max-age=0", "no-cache, max-age=3600"] {
        let name = format!("stale-{}", control.len());
        let url = url(t, &name, &[("control", control), ("etag", "\"1\"")]);
        each(
            t,
            url,
            [
                (Default, CacheStatus::Stored, "1"),
                (Default, CacheStatus::Revalidated, "1"),
                (Default, CacheStatus::Revalidated, "1"),
            ],
        );
    }
}

/// `Expires`, of which an invalid one is in the past.
fn an_expiry_date(t: &Test) {
    let later = "Fri, 31 Dec 9999 23:59:59 GMT";
    let last = CacheStatus::Revalidated;
    for (name, expires, status) in
        [("expires-later", later, CacheStatus::Hit), ("expires-0", "0", last)]
    {
        let url = url(t, name, &[("expires", expires), ("etag", "\"1\"")]);
        each(t, url, [(Default, CacheStatus::Stored, "1"), (Default, status, "1")]);
    }
}

/// A cache on the way may have had it for a while.
fn the_age_on_arrival(t: &Test) {
    let query = |age| [("control", "max-age=100"), ("age", age), ("etag", "\"1\"")];
    let old = url(t, "aged-50", &query("50"));
    each(t, old.clone(), [(Default, CacheStatus::Stored, "1"), (Default, CacheStatus::Hit, "1")]);
    then_get(t, &old, Default, |response| {
        let age = response.age().expect("it has an age").as_secs();
        assert!((50..90).contains(&age), "{response:?}");
    });
    let too_old = url(t, "aged-100", &query("100"));
    let revalidated = (Default, CacheStatus::Revalidated, "1");
    each(t, too_old, [(Default, CacheStatus::Stored, "1"), revalidated]);
}

/// The program's own `Cache-Control` counts, too.
fn directives_of_the_request(t: &Test) {
    let url = url(t, "request", &[("control", "max-age=100"), ("age", "50"), ("etag", "\"1\"")]);
    each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
    for (control, status) in [
        ("max-age=20", CacheStatus::Revalidated),
        ("min-fresh=90", CacheStatus::Revalidated),
        ("no-cache", CacheStatus::Revalidated),
        ("max-age=90", CacheStatus::Hit),
        ("min-fresh=5", CacheStatus::Hit),
    ] {
        let request = Request::get(&url).header("Cache-Control", control).cache(Default);
        t.then(move |t| {
            t.send(request, move |_, response| assert_is(&response, Outcome::Success, status));
        });
    }
    let stale = self::url(t, "request-stale", &[("etag", "\"1\""), ("then", "503")]);
    each(t, stale.clone(), [(Default, CacheStatus::Stored, "1")]);
    for control in ["max-stale=3600", "max-stale", "stale-if-error=3600"] {
        let request = Request::get(&stale).header("Cache-Control", control).cache(Default);
        t.then(move |t| {
            t.send(request, |_, response| {
                assert_is(&response, Outcome::Success, CacheStatus::Stale);
                assert_eq!(response.text(), "1");
            });
        });
    }
    let request = Request::get(self::url(t, "request-no-store", &[("control", HOUR)]));
    let request = request.header("Cache-Control", "no-store").cache(Default);
    t.then(move |t| {
        t.send(request, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::NotStored);
        });
    });
}

/// It hides nothing: neither what the server forbids nor what it permits.
fn a_quote_that_is_never_closed(t: &Test) {
    let control = "max-age=3600, x=\"never closed, no-cache";
    let url = url(t, "unclosed", &[("control", control), ("etag", "\"1\"")]);
    each(t, url, [(Default, CacheStatus::Stored, "1"), (Default, CacheStatus::Revalidated, "1")]);
}

/// They are not of the response, and neither are those that `Connection` names.
fn fields_of_the_connection(t: &Test) {
    let query = [("control", HOUR), ("connection", "keep-alive, X-A")];
    let url = url(t, "connection", &query);
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!(response.header("x-a"), Some("none"), "{response:?}");
    });
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Hit);
        assert_eq!(response.header("x-count"), Some("1"), "{response:?}");
        for name in ["x-a", "connection"] {
            assert_eq!(response.header(name), None, "{response:?}");
        }
    });
}

/// `no-store`. What was stored before stays.
fn the_server_forbids_storing(t: &Test) {
    for mode in [Default, NoCache] {
        let query = [("control", "no-store, max-age=3600")];
        let url = url_for_all(t, &format!("no-store-{mode:?}"), &query);
        each(
            t,
            url.clone(),
            [(mode, CacheStatus::NotStored, "1"), (mode, CacheStatus::NotStored, "2")],
        );
        then_get(t, &url, OnlyIfCached, |response| {
            assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass);
        });
        each(t, url.clone(), [(Reload, CacheStatus::Stored, "3")]);
        each(t, url, [(mode, CacheStatus::NotStored, "4"), (OnlyIfCached, CacheStatus::Hit, "3")]);
    }
}

/// The stale body comes at once, and the new one is there later.
fn stale_while_revalidate(t: &Test) {
    let control = "max-age=0, stale-while-revalidate=3600";
    let url = url(t, "swr", &[("control", control), ("etag", "\"1\""), ("then", "change")]);
    each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stale);
        assert_eq!((&*response.text(), response.header("x-count")), ("1", Some("1")));
        assert!(response.age().is_some());
    });
    t.then(move |t| until_stored(t, url, "2"));
}

/// Loads until the cache has this body.
fn until_stored(t: &Test, url: String, body: &'static str) {
    t.send(Request::get(&url).cache(OnlyIfCached), move |t, response| {
        if response.text() != body {
            // It takes a turn of the event loop, during which the refresh goes on.
            until_stored(t, url, body);
        }
    });
}

/// A server that fails is as one that is not there.
fn stale_if_error(t: &Test) {
    let control = "max-age=0, stale-if-error=3600";
    for then in ["500", "502", "503", "504", "break"] {
        let query = [("control", control), ("etag", "\"1\""), ("then", then)];
        let url = url(t, &format!("error-{then}"), &query);
        each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
        then_get(t, &url, Default, |response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stale);
            assert_eq!((response.status(), &*response.text()), (200, "1"));
            assert_eq!(response.header("x-count"), Some("1"));
            assert!(response.age().is_some());
        });
    }
    for (then, control) in [("404", control), ("501", control), ("503", "max-age=0")] {
        let query = [("control", control), ("etag", "\"1\""), ("then", then)];
        let url = url(t, &format!("no-error-{then}"), &query);
        each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
        then_get(t, &url, Default, move |response| {
            assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
            assert_eq!(response.status().to_string(), then);
        });
    }
}

/// It excludes each stale response.
fn must_revalidate(t: &Test) {
    let control = "max-age=0, stale-if-error=9, stale-while-revalidate=9, must-revalidate";
    let url = url(t, "must", &[("control", control), ("etag", "\"1\""), ("then", "503")]);
    each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
    });
}

/// A stored response answers only requests with the same headers.
fn vary(t: &Test) {
    let ask =
        |t: &Test, vary: &str, name: &str, value: Option<&str>, status, count: &'static str| {
            let url = url(t, name, &[("control", HOUR), ("etag", "\"1\""), ("vary", vary)]);
            let request = Request::get(url).cache(Default);
            let request = match value {
                Some(value) => request.header("X-A", value),
                None => request,
            };
            t.then(move |t| {
                t.send(request, move |_, response| {
                    assert_is(&response, Outcome::Success, status);
                    assert_eq!(&*response.text(), count, "{response:?}");
                    assert_eq!(response.header("x-asked"), Some("none"), "{response:?}");
                });
            });
        };
    let listed = "Accept-Encoding, X-A";
    ask(t, listed, "vary", Some("1"), CacheStatus::Stored, "1");
    ask(t, listed, "vary", Some("1"), CacheStatus::Hit, "1");
    ask(t, listed, "vary", Some("2"), CacheStatus::Stored, "2");
    ask(t, listed, "vary", Some("2"), CacheStatus::Hit, "2");
    ask(t, listed, "vary", None, CacheStatus::Stored, "3");
    ask(t, listed, "vary", None, CacheStatus::Hit, "3");
    for name in ["*", "Cookie", "User-Agent"] {
        let path = format!("vary-{}", name.len());
        ask(t, name, &path, None, CacheStatus::Stored, "1");
        ask(t, name, &path, None, CacheStatus::Stored, "2");
    }
}

/// There is nothing that it could speak of. The body that is there stays as it is.
fn a_304_that_was_not_asked_for(t: &Test) {
    for mode in [NoCache, Default] {
        let url = url(t, &format!("unasked-{mode:?}"), &[("then", "304")]);
        each(t, url.clone(), [(mode, CacheStatus::Stored, "1")]);
        then_get(t, &url, mode, |response| {
            assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
            assert_eq!((response.status(), response.body().len()), (304, 0));
        });
        each(t, url, [(OnlyIfCached, CacheStatus::Hit, "1")]);
    }
}

/// The stored body is not the one that the server speaks of. The next request asks for the whole.
fn a_304_for_another_etag(t: &Test) {
    for mode in [NoCache, Default] {
        let url = url(t, &format!("lie-{mode:?}"), &[("etag", "\"1\""), ("then", "lie")]);
        each(t, url.clone(), [(mode, CacheStatus::Stored, "1")]);
        then_get(t, &url, mode, |response| {
            assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
            assert_eq!((response.status(), response.age()), (304, None));
            assert_eq!(response.header("ETag"), Some("\"another\""));
        });
        each(t, url, [(mode, CacheStatus::Stored, "3")]);
    }
}

/// A weak validator is a validator, too.
fn weak_etags(t: &Test) {
    let url = url(t, "weak", &[("etag", "W/\"1\"")]);
    each(t, url.clone(), [(NoCache, CacheStatus::Stored, "1")]);
    then_get(t, &url, NoCache, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Revalidated);
        assert_eq!(response.header("x-asked"), Some("W/\"1\""));
    });
}

/// What another mode stores has neither headers nor an age, whatever was stored before.
fn other_modes_store_bodies_alone(t: &Test) {
    let url = url(t, "bodies", &[("control", HOUR), ("etag", "\"1\"")]);
    each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
    then_get(t, &url, ForceCache, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Hit);
        assert!(response.headers().is_none() && response.age().is_none());
        assert!(response.final_url().is_none());
    });
    each(t, url.clone(), [(Reload, CacheStatus::Stored, "2")]);
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!((&*response.text(), response.header("x-asked")), ("3", Some("none")));
    });
    each(t, url, [(Default, CacheStatus::Hit, "3")]);
}

/// A record of the program in the place of a download is not taken for one.
fn a_record_has_no_headers(t: &Test) {
    let url = url(t, "record", &[("control", HOUR), ("etag", "\"1\"")]);
    each(t, url.clone(), [(Default, CacheStatus::Stored, "1"), (Default, CacheStatus::Hit, "1")]);
    let store = Request::idb_store(&url).body("a record");
    t.then(move |t| _ = t.send(store, |_, response| assert!(response.is_success())));
    each(t, url.clone(), [(OnlyIfCached, CacheStatus::Hit, "a record")]);
    each(t, url, [(Default, CacheStatus::Stored, "2"), (Default, CacheStatus::Hit, "2")]);
}

/// Nothing is left of what was deleted.
fn deleted(t: &Test) {
    let url = url(t, "deleted", &[("control", HOUR), ("etag", "\"1\"")]);
    each(t, url.clone(), [(Default, CacheStatus::Stored, "1")]);
    let delete = Request::idb_delete(&url);
    t.then(move |t| _ = t.send(delete, |_, response| assert!(response.is_success())));
    then_get(t, &url, Default, |response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
        assert_eq!((&*response.text(), response.header("x-asked")), ("2", Some("none")));
    });
}

/// A key of the program's own.
fn a_cache_key(t: &Test) {
    let query = |token| [("control", HOUR), ("etag", "\"1\""), ("token", token)];
    let [one, two] = ["1", "2"].map(|token| url(t, "keyed", &query(token)));
    for (url, mode, status) in [
        (&one, Default, CacheStatus::Stored),
        (&two, Default, CacheStatus::Hit),
        (&two, NoCache, CacheStatus::Revalidated),
    ] {
        let request = Request::get(url).cache(mode).cache_key("ключ/http");
        t.then(move |t| {
            t.send(request, move |_, response| {
                assert_is(&response, Outcome::Success, status);
                assert_eq!(response.text(), "1");
            });
        });
    }
}

/// It is that of the request. The stored response knows where it came from.
fn the_key_of_a_redirected_download(t: &Test) {
    let target = url(t, "redirected", &[("control", HOUR), ("etag", "\"1\"")]);
    let from = t.url(&format!("/redirect/302?to={}", fetch_runtime::encode_component(&target)));
    for (mode, status) in [
        (Default, CacheStatus::Stored),
        (Default, CacheStatus::Revalidated),
        (NoCache, CacheStatus::Revalidated),
    ] {
        let target = target.clone();
        then_get(t, &from, mode, move |response| {
            assert_is(&response, Outcome::Success, status);
            assert_eq!(response.text(), "1");
            if status != CacheStatus::Stored {
                assert_eq!(response.final_url(), Some(&*target));
            }
        });
    }
}

/// The 304 of another resource says nothing of the stored one, whatever its `ETag`.
fn a_redirect_that_has_changed(t: &Test) {
    let from = |name: &str| {
        let target = url(t, name, &[("etag", "\"1\"")]);
        t.url(&format!("/redirect/302?to={}", fetch_runtime::encode_component(&target)))
    };
    let (old, new) = (from("redirect-old"), from("redirect-new"));
    let get = |url: &str| Request::get(url).cache(NoCache).cache_key("redirect/changes");
    for (request, status) in
        [(get(&old), CacheStatus::Stored), (get(&old), CacheStatus::Revalidated)]
    {
        t.then(move |t| {
            t.send(request, move |_, response| {
                assert_is(&response, Outcome::Success, status);
            });
        });
    }
    let (changed, again) = (get(&new), get(&new));
    t.then(move |t| {
        t.send(changed, |_, response| {
            assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
            assert_eq!((response.status(), response.header("etag")), (304, Some("\"1\"")));
        });
    });
    t.then(move |t| {
        t.send(again, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
            assert_eq!((&*response.text(), response.header("x-asked")), ("2", Some("none")));
        });
    });
}

/// Nothing is something, too.
fn an_empty_body(t: &Test) {
    let url = t.url("/empty");
    let request = Request::get(&url).cache(NoCache);
    t.then(move |t| {
        t.send(request, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        });
    });
    let request = Request::get(&url).header("Cache-Control", "max-stale").cache(Default);
    t.then(move |t| {
        t.send(request, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stale);
            assert!(response.body().is_empty() && response.headers().is_some());
        });
    });
}

/// The cache could not tell its own 304 from that of the program.
fn conditions_of_the_program(_: &Test) {
    for mode in [NoCache, Default] {
        for name in ["If-None-Match", "if-modified-since", "If-Match", "If-Range", "Range"] {
            let request = Request::get("/").header(name, "x").cache(mode);
            assert_eq!(
                request.send_fn(|_| ()).unwrap_err(),
                StartError::HeaderNotAllowed { name: name.to_owned(), mode }
            );
        }
    }
    let error = Request::post("/").cache(NoCache).send_fn(|_| ()).unwrap_err();
    assert!(matches!(error, StartError::CacheNotAllowed { .. }), "{error}");
    let error = Request::get("/").cache(Default).on_chunk(|_| ()).send_fn(|_| ()).unwrap_err();
    assert!(
        matches!(error, StartError::StreamNotAllowed { .. } | StartError::StreamingNotSupported),
        "{error}"
    );
    let error = Request::idb_store("k").body("x").cache(Default).send_fn(|_| ()).unwrap_err();
    assert!(matches!(error, StartError::OptionNotAllowed { .. }), "{error}");
}

/// A copy of a request has a state of its own.
fn a_clone_is_governed_too(t: &Test) {
    let url = url(t, "cloned", &[("control", HOUR)]);
    let request = Request::get(url).cache(Default).timeout(Duration::from_secs(60));
    let copy = request.try_clone().expect("it has no closure");
    t.then(move |t| {
        t.send(request, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Stored);
        });
    });
    t.then(move |t| {
        t.send(copy, |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert_eq!(response.header("x-count"), Some("1"));
        });
    });
}

/// Tasks and `fetch!` have the modes, too.
fn awaited(t: &Test) {
    let url = url(t, "awaited", &[("etag", "\"1\"")]);
    t.spawn(async move {
        let stored = fetch_runtime::fetch!(GET &url, cache: NoCache).await.expect("it starts");
        assert_eq!(stored.cache_status(), CacheStatus::Stored);
        let again = fetch_runtime::fetch!(GET &url, cache: Default).await.expect("it starts");
        assert_eq!(again.cache_status(), CacheStatus::Revalidated);
    });
}

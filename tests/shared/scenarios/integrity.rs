//! Bodies that are compared with their digest.

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, StartError, fetch};

use crate::digest::{sha256, sha384, sha512};
use crate::engine::Difference;
use crate::pattern::{is_pattern, pattern};
use crate::scenario::{Test, assert_is};

scenarios! { $ for_each_integrity_scenario:
    a_body_that_matches
    a_body_that_does_not_match
    the_strongest_algorithm_counts
    an_empty_body
    a_compressed_body
    an_error_page
    a_body_that_breaks_off
    another_body_is_not_stored
    another_body_replaces_no_record
    a_record_that_matches
    a_corrupt_record_is_replaced
    a_corrupt_record_is_deleted
    a_corrupt_record_and_another_download
    a_corrupt_record_without_a_network
    a_corrupt_record_before_a_download
    a_corrupt_record_that_is_replaced_meanwhile
    an_empty_record
    awaited
    copies_keep_it
    literals
    invalid_values
}

/// The digest of another body.
fn wrong() -> String {
    sha384(b"another body")
}

/// How often the server was asked for a path.
fn requests(t: &Test, path: &str, count: &'static str) {
    let path = format!("/requests?path={path}");
    t.send(Request::get(t.url(&path)), move |_, response| assert_eq!(response.text(), count));
}

fn store(t: &Test, key: &str, body: &'static [u8]) {
    t.send(Request::idb_store(key).body(body), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
}

/// Looks at the cache, without any integrity.
fn in_the_cache(t: &Test, key: &str, expected: Option<Vec<u8>>) {
    let request = Request::get(key).cache(CacheMode::OnlyIfCached);
    t.send(request, move |_, response| match expected {
        Some(body) => {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert!(response.body() == body, "{response:?}");
        }
        None => assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass),
    });
}

/// The response has no bytes of the body, but all else.
#[track_caller]
fn assert_mismatch(response: Response, cache_status: CacheStatus) {
    assert_is(&response, Outcome::IntegrityMismatch, cache_status);
    assert!(response.body().is_empty(), "{response:?}");
    let error = response.into_result().expect_err("it is no success").to_string();
    assert!(error.ends_with(": the body does not match the integrity"), "{error}");
}

/// Each algorithm, with and without options.
fn a_body_that_matches(t: &Test) {
    let body = pattern(100_021);
    let options = sha384(&body) + "?ct=application/octet-stream";
    for metadata in [sha256(&body), sha384(&body), sha512(&body), options] {
        t.send(Request::get(t.url("/bytes/100021")).integrity(metadata), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Bypass);
            assert!(response.body().len() == 100_021 && is_pattern(response.body(), 0));
        });
    }
}

/// The status and the headers stay.
fn a_body_that_does_not_match(t: &Test) {
    for path in ["/bytes/3021", "/chunked/3021", "/stream/300021"] {
        t.send(Request::get(t.url(path)).integrity(wrong()), |_, response| {
            assert_eq!((response.status(), response.status_text()), (200, "OK"));
            assert!(response.headers().is_some());
            assert_mismatch(response, CacheStatus::Bypass);
        });
    }
    t.send(Request::post(t.url("/echo")).body("x").integrity(wrong()), |_, response| {
        assert_mismatch(response, CacheStatus::Bypass);
    });
}

/// One of its digests has to match, and no weaker one can.
fn the_strongest_algorithm_counts(t: &Test) {
    let (body, other) = (pattern(22), b"another body");
    for (metadata, outcome) in [
        (format!("{} {}", sha512(other), sha256(&body)), Outcome::IntegrityMismatch),
        (format!("{} {}", sha256(other), sha512(&body)), Outcome::Success),
        (format!("md5-x {}\t{}", sha384(other), sha384(&body)), Outcome::Success),
    ] {
        t.send(Request::get(t.url("/bytes/22")).integrity(metadata), move |_, response| {
            assert_is(&response, outcome, CacheStatus::Bypass);
        });
    }
}

/// No body is an empty one.
fn an_empty_body(t: &Test) {
    for path in ["/empty", "/status/204"] {
        t.send(Request::get(t.url(path)).integrity(sha384(b"")), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Bypass);
        });
        t.send(Request::get(t.url(path)).integrity(wrong()), |_, response| {
            assert_mismatch(response, CacheStatus::Bypass);
        });
    }
}

/// The digest is that of the decoded bytes.
fn a_compressed_body(t: &Test) {
    let metadata = sha384(&pattern(50_023));
    t.send(Request::get(t.url("/gzip/50023")).integrity(metadata), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Bypass);
        assert_eq!(response.body().len(), 50_023);
    });
}

/// Its status and headers say what has happened. Its body is not the file, even if it matches.
fn an_error_page(t: &Test) {
    for metadata in [wrong(), sha384(b"status 404")] {
        for mode in [CacheMode::NoStore, CacheMode::ForceCache] {
            let request = Request::get(t.url("/status/404")).cache(mode);
            t.send(request.integrity(metadata.clone()), |_, response| {
                assert_is(&response, Outcome::HttpError, CacheStatus::Bypass);
                assert_eq!((response.status(), response.status_text()), (404, "Not Found"));
                assert!(response.body().is_empty() && response.headers().is_some());
            });
        }
    }
}

/// Some browsers take a body that breaks off for a complete one. Its digest tells.
fn a_body_that_breaks_off(t: &Test) {
    let url = t.url("/play?status=200&body=half&more=+whole&end=break&pause=20&half");
    let request = |mode| Request::get(&url).cache(mode).integrity(sha384(b"half whole, and more"));
    for mode in [CacheMode::NoStore, CacheMode::ForceCache] {
        t.send(request(mode), move |_, response| {
            match Difference::BreakInChunkedBodyUnseen.is_here() {
                true => assert_eq!(response.outcome(), Outcome::IntegrityMismatch, "{response:?}"),
                false => assert_eq!(response.outcome(), Outcome::NetworkError, "{response:?}"),
            }
            assert!(response.body().is_empty());
        });
    }
    t.then(move |t| {
        let url = t.url("/play?status=200&body=half&more=+whole&end=break&pause=20&half");
        in_the_cache(t, &url, None);
    });
}

/// Neither of the modes that store keeps it.
fn another_body_is_not_stored(t: &Test) {
    for (path, mode) in [("/bytes/3024", CacheMode::Reload), ("/bytes/3025", CacheMode::ForceCache)]
    {
        let request = Request::get(t.url(path)).cache(mode).integrity(wrong());
        t.send(request, |_, response| {
            assert_eq!((response.status(), response.status_text()), (200, "OK"));
            assert_mismatch(response, CacheStatus::NotStored);
        });
        t.then(move |t| in_the_cache(t, &t.url(path), None));
    }
    t.then(|t| {
        for path in ["/bytes/3024", "/bytes/3025"] {
            requests(t, path, "1");
        }
    });
}

/// A download that is refused leaves the record that was there.
fn another_body_replaces_no_record(t: &Test) {
    let request = |path: &str, mode| Request::get(t.url(path)).cache(mode).cache_key("integrity/1");
    let good = request("/bytes/3026", CacheMode::Reload).integrity(sha384(&pattern(3026)));
    let bad = request("/bytes/3027", CacheMode::Reload).integrity(sha384(&pattern(3026)));
    t.send(good, |_, response| assert_is(&response, Outcome::Success, CacheStatus::Stored));
    t.then(|t| {
        t.send(bad, |_, response| assert_mismatch(response, CacheStatus::NotStored));
    });
    t.then(|t| in_the_cache(t, "integrity/1", Some(pattern(3026))));
}

/// It is not downloaded again.
fn a_record_that_matches(t: &Test) {
    let metadata = sha384(&pattern(100_028));
    for cache_status in [CacheStatus::Stored, CacheStatus::Hit, CacheStatus::Hit] {
        let metadata = metadata.clone();
        t.then(move |t| {
            let request = Request::get(t.url("/bytes/100028")).cache(CacheMode::ForceCache);
            t.send(request.integrity(metadata), move |_, response| {
                assert_is(&response, Outcome::Success, cache_status);
                assert!(response.body().len() == 100_028 && is_pattern(response.body(), 0));
            });
        });
    }
    t.then(|t| requests(t, "/bytes/100028", "1"));
}

/// `ForceCache` downloads the file once more, and stores that.
fn a_corrupt_record_is_replaced(t: &Test) {
    store(t, &t.url("/bytes/3029"), b"corrupt");
    let request = |t: &Test| {
        let request = Request::get(t.url("/bytes/3029")).cache(CacheMode::ForceCache);
        request.integrity(sha384(&pattern(3029)))
    };
    for cache_status in [CacheStatus::Stored, CacheStatus::Hit] {
        t.then(move |t| {
            t.send(request(t), move |_, response| {
                assert_is(&response, Outcome::Success, cache_status);
                assert!(response.body().len() == 3029 && is_pattern(response.body(), 0));
            });
        });
    }
    t.then(|t| {
        requests(t, "/bytes/3029", "1");
        in_the_cache(t, &t.url("/bytes/3029"), Some(pattern(3029)));
    });
}

/// `OnlyIfCached` says that the record was another one. It is gone then.
fn a_corrupt_record_is_deleted(t: &Test) {
    let request = || {
        let request = Request::get("integrity/2").cache(CacheMode::OnlyIfCached);
        request.integrity(sha384(b"good"))
    };
    store(t, "integrity/2", b"corrupt");
    t.then(move |t| {
        t.send(request(), |_, response| {
            assert_eq!((response.status(), response.status_text()), (0, ""));
            assert_mismatch(response, CacheStatus::Bypass);
        });
    });
    t.then(move |t| {
        t.send(request(), |_, response| {
            assert_is(&response, Outcome::CacheMiss, CacheStatus::Bypass);
        });
        in_the_cache(t, "integrity/2", None);
    });
}

/// The one download is final.
fn a_corrupt_record_and_another_download(t: &Test) {
    store(t, &t.url("/bytes/3030"), b"corrupt");
    t.then(|t| {
        let request = Request::get(t.url("/bytes/3030")).cache(CacheMode::ForceCache);
        t.send(request.integrity(wrong()), |_, response| {
            assert_mismatch(response, CacheStatus::NotStored);
        });
    });
    t.then(|t| {
        requests(t, "/bytes/3030", "1");
        in_the_cache(t, &t.url("/bytes/3030"), None);
    });
}

/// The outcome is that of the download.
fn a_corrupt_record_without_a_network(t: &Test) {
    const URL: &str = "http://127.0.0.1:1/file";
    store(t, URL, b"corrupt");
    t.then(|t| {
        let request = Request::get(URL).cache(CacheMode::ForceCache).integrity(sha384(b"good"));
        t.send(request, |_, response| {
            assert_is(&response, Outcome::NetworkError, CacheStatus::Bypass);
            assert!(response.body().is_empty());
        });
    });
    t.then(|t| in_the_cache(t, URL, None));
}

/// A record comes before a download, unless it is refused.
fn a_corrupt_record_before_a_download(t: &Test) {
    let request = |mode| {
        let request = Request::get("/bytes/3031").cache(mode);
        request.integrity(sha384(&pattern(3031)))
    };
    store(t, "/bytes/3031", b"corrupt");
    t.send(request(CacheMode::Reload), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
    t.then(move |t| {
        t.send(request(CacheMode::OnlyIfCached), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
            assert_eq!(response.body().len(), 3031);
        });
    });
    // Without integrity, the download is found as well: the record is gone.
    t.then(|t| in_the_cache(t, "/bytes/3031", Some(pattern(3031))));
}

/// By a store that waits behind the lookup.
fn a_corrupt_record_that_is_replaced_meanwhile(t: &Test) {
    const KEY: &str = "integrity/meanwhile";
    store(t, KEY, b"old");
    t.then(|t| {
        let load = Request::get(KEY).cache(CacheMode::OnlyIfCached).integrity(wrong());
        t.send(load, |_, response| assert_mismatch(response, CacheStatus::Bypass));
        store(t, KEY, b"new");
    });
    // The first of them may come before the deletion.
    t.then(|t| in_the_cache(t, KEY, Some(b"new".to_vec())));
    t.then(|t| in_the_cache(t, KEY, Some(b"new".to_vec())));
}

/// Nothing is a body, too.
fn an_empty_record(t: &Test) {
    store(t, "integrity/3", b"");
    let request =
        |metadata| Request::get("integrity/3").cache(CacheMode::OnlyIfCached).integrity(metadata);
    t.then(move |t| {
        t.send(request(sha384(b"")), |_, response| {
            assert_is(&response, Outcome::Success, CacheStatus::Hit);
        });
    });
    t.then(move |t| {
        t.send(request(wrong()), |_, response| assert_mismatch(response, CacheStatus::Bypass));
    });
    t.then(|t| in_the_cache(t, "integrity/3", None));
}

/// A future is ready with the same.
fn awaited(t: &Test) {
    let url = t.url("/bytes/3032");
    t.spawn(async move {
        let request =
            |metadata| Request::get(&url).cache(CacheMode::ForceCache).integrity(metadata);
        let response = request(wrong()).await.expect("it begins");
        assert_mismatch(response, CacheStatus::NotStored);
        let good = sha384(&pattern(3032));
        for cache_status in [CacheStatus::Stored, CacheStatus::Hit] {
            let response = request(good.clone()).await.expect("it begins");
            assert_is(&response, Outcome::Success, cache_status);
        }
        let response = request(wrong()).await.expect("it begins");
        assert_mismatch(response, CacheStatus::NotStored);
    });
}

/// The copy of a request compares as well.
fn copies_keep_it(t: &Test) {
    let request = Request::get(t.url("/bytes/33")).integrity(wrong());
    let copy = request.try_clone().expect("it has no closure");
    for request in [request, copy] {
        t.send(request, |_, response| assert_mismatch(response, CacheStatus::Bypass));
    }
}

/// A literal is checked at compile time.
fn literals(t: &Test) {
    let called = t.expect();
    fetch!(GET "/bytes/0",
        integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        => move |response| {
            called();
            assert_is(&response, Outcome::Success, CacheStatus::Bypass);
        }
    )
    .expect("it begins");
    let (called, metadata) = (t.expect(), wrong());
    fetch!(GET "/bytes/0", integrity: &metadata => move |response| {
        called();
        assert_mismatch(response, CacheStatus::Bypass);
    })
    .expect("it begins");
}

/// A value that could not match is an error, and is named.
fn invalid_values(_: &Test) {
    #[track_caller]
    fn refused(request: Request, message: &str) {
        let error = request.send_fn(|_| ()).map(drop).expect_err("it does not begin");
        assert_eq!(error.to_string(), message);
    }
    const UNKNOWN: &str = "no value begins with the name of a known algorithm: \
         write sha256-, sha384- or sha512- before the base64 of the digest";
    for metadata in ["", "md5-1B2M2Y8AsgTpgAmY7PhCfg=="] {
        let message = format!("invalid integrity {metadata:?}: {UNKNOWN}");
        refused(Request::get("/").integrity(metadata), &message);
    }
    refused(
        Request::get("/").integrity("sha384-AAAA"),
        "invalid integrity \"sha384-AAAA\": the base64 of a SHA-384 digest has 64 characters: \
         encode the 48 bytes, and not their hexadecimal form",
    );
    let with_a_dot = sha256(b"").replace('=', ".");
    refused(
        Request::get("/").integrity(&with_a_dot),
        &format!(
            "invalid integrity {with_a_dot:?}: a digest is written in base64: letters, digits, \
             `+` and `/`, with `=` at its end alone"
        ),
    );
    refused(
        Request::new("head", "/").integrity(sha256(b"")),
        &format!(
            "invalid integrity {:?}: the response to HEAD has no body to compare: \
             remove `integrity`, or use GET",
            sha256(b"")
        ),
    );
    let error = Request::idb_delete("k").integrity(wrong()).send_fn(|_| ()).map(drop);
    assert_eq!(
        error,
        Err(StartError::OptionNotAllowed { method: "IDB_DELETE".into(), option: "integrity" })
    );
}

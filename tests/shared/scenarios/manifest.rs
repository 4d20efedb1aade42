//! Manifests: many files that are loaded together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    CacheMode, CacheStatus, Manifest, ManifestError, ManifestLoad, ManifestProgress, Outcome,
    Request, StartError, sleep, stats,
};
use futures_util::future::{Either, select};

use crate::digest::{sha256, sha384};
use crate::pattern::pattern;
use crate::scenario::Test;

scenarios! { $ for_each_manifest_scenario:
    all_that_is_missing
    progress_over_all
    a_limited_number_at_a_time
    retries
    no_retries
    each_failure_is_named
    options
    only_what_has_changed
    a_dropped_load_goes_on
    an_empty_manifest
    names_are_encoded
    json
}

/// The files `/bytes/{length}` of the server.
fn files(t: &Test, lengths: &[usize]) -> Manifest {
    let manifest = Manifest::new().base(t.url("/"));
    lengths.iter().fold(manifest, |manifest, &length| {
        manifest.file(format!("bytes/{length}"), length as u64, sha384(&pattern(length)))
    })
}

fn load(manifest: &Manifest) -> ManifestLoad {
    manifest.load().retry_delay(Duration::from_millis(10))
}

/// How often the server was asked for these paths.
async fn requests(t: &Test, paths: &[&str]) -> Vec<usize> {
    let mut counts = Vec::new();
    for path in paths {
        let response = Request::get(t.url(&format!("/requests?path={path}"))).await;
        counts.push(response.expect("it begins").text().parse().expect("a number"));
    }
    counts
}

/// The names and the messages.
fn failed(error: &ManifestError) -> Vec<(&str, String)> {
    error.failed().iter().map(|file| (file.name(), file.to_string())).collect()
}

/// The second time, all files come from the cache.
fn all_that_is_missing(t: &Test) {
    let manifest = files(t, &[4001, 4002, 4003, 4004, 4005, 4006]);
    let test = t.clone();
    t.spawn(async move {
        let first = manifest.request("bytes/4003").expect("it has the file");
        assert!(first.await.expect("it begins").is_success());
        for _ in 0..2 {
            load(&manifest).await.expect("all are loaded");
            let counts = requests(&test, &["/bytes/4001", "/bytes/4003", "/bytes/4006"]).await;
            assert_eq!(counts, [1, 1, 1]);
        }
        let request = manifest.request("bytes/4006").expect("it has the file");
        let response = request.await.expect("it begins");
        assert_eq!(response.cache_status(), CacheStatus::Hit);
        assert_eq!(response.body(), pattern(4006));
        assert!(manifest.request("bytes/4007").is_none());
        assert_eq!(manifest.names().count(), 6);
    });
}

/// It begins with nothing, and ends with everything.
fn progress_over_all(t: &Test) {
    let manifest = files(t, &[4011, 4012, 500_013, 4014]);
    assert_eq!(manifest.size(), 4011 + 4012 + 500_013 + 4014);
    t.spawn(async move {
        for _ in 0..2 {
            let seen: Rc<RefCell<Vec<ManifestProgress>>> = Rc::default();
            let sink = Rc::clone(&seen);
            let loading = load(&manifest).on_progress(move |now| sink.borrow_mut().push(now));
            loading.await.expect("all are loaded");
            let seen = seen.take();
            for now in &seen {
                assert_eq!((now.total, now.files), (512_050, 4));
                assert!(now.loaded <= now.total && now.files_loaded <= now.files, "{now:?}");
            }
            assert!(seen.is_sorted_by_key(|now| now.loaded), "{seen:?}");
            assert!(seen.is_sorted_by_key(|now| now.files_loaded), "{seen:?}");
            let (first, last) = (seen.first().expect("one"), seen.last().expect("one"));
            assert_eq!((first.loaded, first.files_loaded), (0, 0));
            assert_eq!((last.loaded, last.files_loaded), (512_050, 4));
        }
    });
}

/// The others wait.
fn a_limited_number_at_a_time(t: &Test) {
    let manifest = (0..6_u32).fold(Manifest::new().base(t.url("/")), |manifest, number| {
        let ms = 80 + number;
        let body = format!("after {ms} ms");
        manifest.file(format!("slow/{ms}"), body.len() as u64, sha256(body.as_bytes()))
    });
    t.spawn(async move {
        for (limit, expected) in [(0, 1), (2, 2), (9, 6)] {
            // Not from the cache.
            for name in manifest.names() {
                let key = manifest.request(name).expect("it has it").view().url().to_owned();
                let deleted = Request::idb_delete(key).await.expect("it begins");
                assert!(deleted.is_success());
            }
            let before = stats().live;
            let most = Cell::new(0);
            let loading = load(&manifest).limit(limit).into_future();
            let watch = async {
                loop {
                    most.set(most.get().max(stats().live - before));
                    sleep(Duration::from_millis(5)).await;
                }
            };
            match select(loading, std::pin::pin!(watch)).await {
                Either::Left((result, _)) => result.expect("all are loaded"),
                Either::Right(((), _)) => unreachable!("it watches for ever"),
            }
            assert_eq!(most.get(), expected, "limit {limit}");
        }
    });
}

/// A server that is busy answers later.
fn retries(t: &Test) {
    let body = b"asked 3 times";
    let manifest = Manifest::new().base(t.url("/")).file("busy/2/manifest", 13, sha384(body));
    let test = t.clone();
    t.spawn(async move {
        load(&manifest).retries(2).await.expect("the third attempt succeeds");
        assert_eq!(requests(&test, &["/busy/2/manifest"]).await, [3]);
    });
}

/// The last error counts. Some errors are final.
fn no_retries(t: &Test) {
    let url = t.url("/");
    let manifest = Manifest::new()
        .base(&url)
        .file("busy/9/manifest", 1, sha384(b""))
        .file("status/404/4022", 4022, sha384(&pattern(4022)))
        .file("bytes/4021", 4021, sha384(b"another body"));
    let test = t.clone();
    t.spawn(async move {
        let paths = ["/busy/9/manifest", "/status/404/4022", "/bytes/4021"];
        let before = requests(&test, &paths).await;
        let error = load(&manifest).retries(1).await.expect_err("none is loaded");
        let after = requests(&test, &paths).await;
        let asked: Vec<_> =
            after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(asked, [2, 1, 2]);
        let outcomes = error.failed().iter().map(|file| {
            let error = file.error().expect("it was sent");
            (error.outcome(), error.status())
        });
        // In alphabetical order.
        let expected = [
            (Outcome::HttpError, 503),
            (Outcome::IntegrityMismatch, 200),
            (Outcome::HttpError, 404),
        ];
        assert_eq!(outcomes.collect::<Vec<_>>(), expected);
    });
}

/// All others are loaded.
fn each_failure_is_named(t: &Test) {
    let url = t.url("/");
    let manifest = files(t, &[4031, 4032])
        .file("bytes/4033", 4033, sha384(&pattern(4032)))
        .file("bytes/4034", 4034, "sha384-short")
        .file("status/404", 10, sha384(b"status 404"));
    let test = t.clone();
    t.spawn(async move {
        let error = load(&manifest).retries(0).await.expect_err("three are not");
        let expected = [
            ("bytes/4033", format!("{url}bytes/4033: the body does not match the integrity")),
            (
                "bytes/4034",
                "bytes/4034: invalid integrity \"sha384-short\": the base64 of a SHA-384 digest \
                 has 64 characters: encode the 48 bytes, and not their hexadecimal form"
                    .to_owned(),
            ),
            ("status/404", format!("{url}status/404: HTTP status 404 Not Found")),
        ];
        assert_eq!(failed(&error), expected);
        let messages = expected.map(|(_, message)| message).join("; ");
        assert_eq!(error.to_string(), format!("3 of 5 files could not be loaded: {messages}"));
        let [sent, not_sent, _] = error.failed() else { panic!("{error}") };
        assert!(sent.error().is_some() && sent.start_error().is_none());
        assert!(not_sent.error().is_none());
        assert!(matches!(not_sent.start_error(), Some(StartError::InvalidIntegrity { .. })));
        for (length, expected) in [(4031, true), (4032, true), (4033, false), (4034, false)] {
            let key = test.url(&format!("/bytes/{length}"));
            let request = Request::get(key).cache(CacheMode::OnlyIfCached);
            assert_eq!(request.await.expect("it begins").is_success(), expected, "{length}");
        }
    });
}

/// The options of each request. The cache and the integrity are the manifest's.
fn options(t: &Test) {
    let body = b"after 5000 ms";
    let slow = Manifest::new().base(t.url("/")).file("slow/5000", 13, sha384(body));
    let quick = files(t, &[4061]);
    t.spawn(async move {
        let timeout = Duration::from_millis(50);
        let loading = load(&slow).retries(0).with_options(move |request| request.timeout(timeout));
        let error = loading.await.expect_err("it takes too long");
        let outcome = error.failed()[0].error().map(|error| error.outcome());
        assert_eq!(outcome, Some(Outcome::Timeout), "{error}");
        let loading = load(&quick).with_options(|request| {
            request.cache(CacheMode::NoStore).integrity(sha384(b"another body"))
        });
        loading.await.expect("it is loaded, and stored");
    });
}

/// A new digest under the same name, and a damaged record.
fn only_what_has_changed(t: &Test) {
    let old = files(t, &[4041, 4042, 4043]);
    let test = t.clone();
    t.spawn(async move {
        load(&old).await.expect("all are loaded");
        for length in [4042, 4043] {
            let key = test.url(&format!("/bytes/{length}"));
            let stored = Request::idb_store(key).body("damaged").await.expect("it begins");
            assert!(stored.is_success());
        }
        load(&old).await.expect("all are loaded");
        let paths = ["/bytes/4041", "/bytes/4042", "/bytes/4043"];
        assert_eq!(requests(&test, &paths).await, [1, 2, 2]);
    });
}

/// It aborts what is in flight. What was loaded is not loaded again.
fn a_dropped_load_goes_on(t: &Test) {
    let quick = files(t, &[4051, 4052]);
    let slow = quick.clone().file("slow/3600000", 16, sha384(b"after 3600000 ms"));
    let test = t.clone();
    t.spawn(async move {
        let before = stats().live;
        let loading = load(&slow).into_future();
        let both_are_there = async {
            for length in [4051, 4052] {
                let key = test.url(&format!("/bytes/{length}"));
                let request = || Request::get(&key).cache(CacheMode::OnlyIfCached);
                while !request().await.expect("it begins").is_success() {
                    sleep(Duration::from_millis(5)).await;
                }
            }
        };
        match select(loading, std::pin::pin!(both_are_there)).await {
            Either::Left((result, _)) => panic!("the slow one takes an hour: {result:?}"),
            Either::Right(((), loading)) => drop(loading),
        }
        // A body that is being stored goes on until it is.
        while stats().live > before {
            sleep(Duration::from_millis(5)).await;
        }
        load(&quick).await.expect("both are there");
        assert_eq!(requests(&test, &["/bytes/4051", "/bytes/4052"]).await, [1, 1]);
    });
}

/// There is nothing to do.
fn an_empty_manifest(t: &Test) {
    t.spawn(async move {
        let count = Rc::new(Cell::new(0));
        let counted = Rc::clone(&count);
        let loading = Manifest::new().load().on_progress(move |progress| {
            assert_eq!(progress, ManifestProgress::default());
            counted.set(counted.get() + 1);
        });
        loading.await.expect("there is nothing that could fail");
        assert_eq!(count.get(), 1);
    });
}

/// A name is a path, and not a URL.
fn names_are_encoded(t: &Test) {
    let body = "/uri/a%20b/c%3F%23%25";
    let manifest = Manifest::new().base(t.url("/")).file(
        "uri/a b/c?#%",
        body.len() as u64,
        sha384(body.as_bytes()),
    );
    t.spawn(async move { load(&manifest).await.expect("it is loaded") });
}

/// A map of names.
fn json(t: &Test) {
    let file = |length: usize| {
        let integrity = sha384(&pattern(length));
        format!(r#""bytes/{length}": {{"size": {length}, "integrity": {integrity:?}}}"#)
    };
    let json = format!("{{{}, {}}}", file(1), file(2));
    let expected = files(t, &[1, 2]);
    let base = t.url("/");
    t.send(Request::post(t.url("/echo")).body(json), move |_, response| {
        let manifest = response.json::<Manifest>().expect("it is a manifest").base(base);
        assert_eq!(manifest, expected);
    });
    t.send(Request::post(t.url("/echo")).body(r#"{"a": {"size": 1}}"#), |_, response| {
        let error = response.json::<Manifest>().expect_err("a digest is missing");
        assert!(error.to_string().contains("missing field `integrity`"), "{error}");
    });
}

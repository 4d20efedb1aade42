//! Bodies that are compared with their digest, and ends that only a script or a folder can cause.

use std::cell::Cell;
use std::fs;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{CacheMode, CacheStatus, Manifest, Outcome, Request, block_on, native};
use fetch_shared::digest::sha384;
use fetch_shared::pattern::pattern;

use crate::backend::{cache, outcome_of};
use crate::server;

const MODES: [CacheMode; 4] =
    [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache, CacheMode::OnlyIfCached];

/// A request that has got no body has no other one.
#[test]
fn an_end_without_a_body_stays() {
    for mode in MODES {
        let (answer, outcome) = match mode {
            CacheMode::OnlyIfCached => (Answer::cache_miss(), Outcome::CacheMiss),
            _ => (Answer::network_error(), Outcome::NetworkError),
        };
        let script = Script::install();
        script.answer("GET", "/file", answer);
        let request = Request::get("/file").cache(mode).integrity(sha384(b"good"));
        assert_eq!(outcome_of(request).outcome(), outcome, "{mode:?}");
    }
}

/// A body for which there was no memory cannot be compared, and is not stored.
#[test]
fn a_body_that_is_lost() {
    for mode in MODES.into_iter().filter(|mode| *mode != CacheMode::OnlyIfCached) {
        let script = Script::install();
        script.answer("GET", "/file", Answer::new(200).body("bad").out_of_memory());
        let request = Request::get("/file").cache(mode).integrity(sha384(b"good"));
        assert_eq!(outcome_of(request).outcome(), Outcome::OutOfMemory, "{mode:?}");
    }
}

/// A script's records and downloads are compared as well.
#[test]
fn a_script_plays_what_matches_and_what_does_not() {
    use CacheStatus::{Bypass, Hit, NotStored, Stored};
    use Outcome::{IntegrityMismatch, Success};
    for (mode, cached, body, outcome, cache_status) in [
        (CacheMode::NoStore, None, "good", Success, Bypass),
        (CacheMode::NoStore, None, "bad", IntegrityMismatch, Bypass),
        (CacheMode::Reload, None, "good", Success, Stored),
        (CacheMode::Reload, None, "bad", IntegrityMismatch, NotStored),
        (CacheMode::ForceCache, Some("good"), "", Success, Hit),
        (CacheMode::ForceCache, Some("bad"), "", IntegrityMismatch, NotStored),
        (CacheMode::ForceCache, None, "good", Success, Stored),
        (CacheMode::OnlyIfCached, Some("good"), "", Success, Hit),
        (CacheMode::OnlyIfCached, Some("bad"), "", IntegrityMismatch, Bypass),
    ] {
        let script = Script::install();
        let answer = match cached {
            Some(record) => Answer::cached(record),
            None => Answer::new(200).body(body),
        };
        script.answer("GET", "/file", answer);
        let request = Request::get("/file").cache(mode).integrity(sha384(b"good"));
        let response = outcome_of(request);
        let what = format!("{mode:?} {cached:?} {body:?}");
        assert_eq!(
            (response.outcome(), response.cache_status()),
            (outcome, cache_status),
            "{what}"
        );
        assert_eq!(response.body().is_empty(), outcome != Success, "{what}");
    }
}

/// A script's entries are compared before the request, which is conditional only if they match.
#[test]
fn a_script_compares_entries() {
    use CacheStatus::{Bypass, NotStored, Revalidated, Stored};
    use Outcome::{HttpError, IntegrityMismatch, Success};
    for mode in [CacheMode::NoCache, CacheMode::Default] {
        for (stored, status, body, outcome, cache_status) in [
            ("good", 304, "", Success, Revalidated),
            ("bad", 304, "", HttpError, Bypass),
            ("bad", 200, "good", Success, Stored),
            ("bad", 200, "bad", IntegrityMismatch, NotStored),
            ("good", 200, "bad", IntegrityMismatch, NotStored),
        ] {
            let script = Script::install();
            let entry = Answer::new(200).header("ETag", "\"7\"").body(stored);
            let answer = Answer::new(status).body(body).with_stored(entry, Duration::from_secs(5));
            script.answer("GET", "/file", answer);
            let request = Request::get("/file").cache(mode).integrity(sha384(b"good"));
            let response = outcome_of(request);
            let what = format!("{mode:?} {stored} {status} {body:?}");
            assert_eq!(
                (response.outcome(), response.cache_status()),
                (outcome, cache_status),
                "{what}"
            );
            assert_eq!(&*response.text(), if outcome == Success { "good" } else { "" }, "{what}");
            let sent = script.sent();
            let is_conditional = sent[0].headers.iter().any(|(name, _)| name == "If-None-Match");
            assert_eq!((sent.len(), is_conditional), (1, stored == "good"), "{what}");
        }
    }
}

/// The bytes of the store's file change, as those of a disk do.
#[test]
fn a_record_that_rots_on_disk() {
    let folder = cache();
    let request = || {
        let request = Request::get(server().url("/bytes/50037")).cache(CacheMode::ForceCache);
        request.integrity(sha384(&pattern(50_037)))
    };
    assert_eq!(outcome_of(request()).cache_status(), CacheStatus::Stored);
    assert_eq!(outcome_of(request()).cache_status(), CacheStatus::Hit);
    // Closes the file.
    native::set_cache_dir("/nonexistent");
    let file = folder.path().join("emscripten_filesystem.sqlite3");
    let mut bytes = std::fs::read(&file).expect("the cache is one file");
    let body = pattern(2000);
    let at = bytes.windows(body.len()).position(|part| part == body).expect("the body is in it");
    bytes[at + 1000] ^= 1;
    std::fs::write(&file, bytes).expect("it can be written");
    native::set_cache_dir(folder.path());
    for expected in [CacheStatus::Stored, CacheStatus::Hit] {
        let response = outcome_of(request());
        assert_eq!((response.outcome(), response.cache_status()), (Outcome::Success, expected));
        assert_eq!(response.body(), pattern(50_037));
    }
}

/// A file that is not in the cache at the end has failed.
#[test]
fn a_manifest_without_a_cache() {
    let folder = cache();
    std::fs::write(folder.path().join("file"), "").expect("it can be written");
    // No folder can be made in a file.
    native::set_cache_dir(folder.path().join("file/cache"));
    let manifest = Manifest::new().base(server().url("/")).file("bytes/4", 4, sha384(&pattern(4)));
    let load = async { manifest.load().retry_delay(Duration::ZERO).await };
    let error = block_on(load).expect("the thread may block").expect_err("there is no cache");
    assert_eq!(
        error.to_string(),
        "1 of 1 files could not be loaded: bytes/4: not stored: the cache is full or unavailable"
    );
    assert!(error.failed()[0].error().is_none());
    assert!(error.failed()[0].start_error().is_none());
}

/// The commands of the guide print what a manifest is made of.
#[test]
fn a_manifest_of_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let files =
        [("level/1.pak", pattern(1000)), ("level/a name.pak", vec![]), ("z.png", pattern(3))];
    for (name, content) in &files {
        let path = folder.path().join("assets").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    let guide = include_str!("../../fetch-runtime/docs/integrity.md");
    let script = guide.split("```text\n").find(|text| text.starts_with("cd assets\n"));
    let (script, _) = script.and_then(|text| text.split_once("```")).expect("the commands");
    let output = Command::new("sh").args(["-euc", script]).current_dir(folder.path()).output();
    let output = output.expect("sh");
    assert!(output.status.success(), "{output:?}");

    fs::write(folder.path().join("manifest.json"), output.stdout).expect("a file");
    let _cache = cache();
    fetch_runtime::set_base_url(&format!("file://{}/", folder.path().display())).expect("a folder");
    let load = async {
        let response = Request::get("/manifest.json").await.expect("it begins");
        let manifest: Manifest = response.json().expect("the commands print JSON");
        let last = Rc::new(Cell::new(None));
        let set = Rc::clone(&last);
        let load = manifest.base("/assets/").load();
        load.on_progress(move |progress| set.set(Some(progress))).await.expect("all match");
        last.get().expect("progress")
    };
    let last = block_on(load).expect("the thread may block");
    assert_eq!((last.files_loaded, last.loaded), (3, 1003));
}

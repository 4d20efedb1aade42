//! The HTTP cache on disk, and by a script's clock.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, Response, native, stats};

use fetch_shared::version::version_of_body;

use crate::backend::{cache, child, load, outcome_of};
use crate::server;

const FILE: &str = "emscripten_filesystem.sqlite3";

/// A resource that is fresh for an hour.
fn url(name: &str) -> String {
    server().url(&format!("/validated/native-{name}?control=max-age%3D3600&etag=%221%22"))
}

fn get(url: &str) -> Response {
    outcome_of(Request::get(url).cache(CacheMode::Default))
}

/// The bodies of the first caches are still there, and their file gets the new column.
#[test]
fn a_file_of_the_first_form_is_upgraded() {
    let folder = cache();
    let file = folder.path().join(FILE);
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x456d4665;
         CREATE TABLE files (key TEXT PRIMARY KEY, data BLOB NOT NULL);
         INSERT INTO files VALUES ('old', X'6f6c64')",
    )
    .unwrap();
    drop(old);
    native::set_cache_dir(folder.path());
    let loaded = load("old");
    assert_eq!((loaded.cache_status(), &*loaded.text()), (CacheStatus::Hit, "old"));
    let url = url("upgraded");
    assert_eq!(get(&url).cache_status(), CacheStatus::Stored);
    assert_eq!(get(&url).cache_status(), CacheStatus::Hit);
    assert_eq!(load("old").text(), "old");
    // It is the file that was there: nothing was put aside.
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().contains("corrupt")));
}

/// Each text that another program may have written is as none.
#[test]
fn texts_that_are_no_entries() {
    let folder = cache();
    let url = url("texts");
    assert_eq!(get(&url).cache_status(), CacheStatus::Stored);
    for (text, asked) in [
        ("'nonsense'", "none"),
        ("''", "none"),
        ("X'00ff'", "none"),
        ("7", "none"),
        ("NULL", "none"),
        ("'1' || char(10) || '0' || char(0)", "none"),
    ] {
        let other = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
        assert_eq!(other.execute(&format!("UPDATE files SET entry = {text}"), []).unwrap(), 1);
        drop(other);
        let response = get(&url);
        assert_eq!(response.cache_status(), CacheStatus::Stored, "{text}");
        assert_eq!(response.header("x-asked"), Some(asked), "{text}");
    }
    assert_eq!(get(&url).cache_status(), CacheStatus::Hit);
}

/// A process that is killed while it stores leaves the old entry, or the new one: its body with its
/// own head.
#[test]
fn a_crash_in_the_middle_of_a_download() {
    const LENGTH: usize = 2_000_000;
    let folder = cache();
    let path = folder.path().to_str().expect("UTF-8");
    for round in 0..8_u32 {
        let (base, length) = (server().url(""), LENGTH.to_string());
        let mut child = child(&["download-forever", path, &base, "entry", &length]);
        let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
        let mut stored = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        assert_eq!(stored.nth(1).expect("it stores").unwrap(), "Success Stored");
        // The kill hits some point of the next download.
        std::thread::sleep(Duration::from_millis(fastrand::u64(..8) + u64::from(round * 8)));
        child.kill().unwrap();
        child.wait().unwrap();

        let get = Request::get(server().url("/none")).cache(CacheMode::Default);
        let response = outcome_of(get.cache_key("entry"));
        assert_eq!(response.cache_status(), CacheStatus::Hit, "{response:?}");
        let version = version_of_body(response.body(), LENGTH).expect("half of a body");
        assert_eq!(response.header("etag"), Some(&*format!("\"{version}\"")), "another's head");
    }
}

/// A response from the future has no age: the clock has been set back.
#[test]
fn the_clock_was_set_back() {
    let folder = cache();
    let url = url("clock");
    assert_eq!(get(&url).cache_status(), CacheStatus::Stored);
    let other = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    let text: String = other.query_row("SELECT entry FROM files", [], |row| row.get(0)).unwrap();
    let mut lines: Vec<_> = text.split('\n').collect();
    assert_eq!(lines[0], "1");
    // When it was sent, and when it was received. With a `Date`, it would be old.
    lines[1..3].fill("99999999999");
    lines.retain(|line| !line.starts_with("date:"));
    other.execute("UPDATE files SET entry = ?1", [lines.join("\n")]).unwrap();
    drop(other);
    // The server is asked, and then the age is known again.
    let response = get(&url);
    assert_eq!(response.cache_status(), CacheStatus::Revalidated);
    assert!(response.age() < Some(Duration::from_secs(60)) && response.age().is_some());
    assert_eq!(get(&url).cache_status(), CacheStatus::Hit);
}

fn scripted(script: &Script, url: &str, answer: Answer) -> Response {
    script.answer("GET", url, answer);
    get(url)
}

fn fresh_for_a_minute() -> Answer {
    Answer::new(200)
        .header("Cache-Control", "max-age=60")
        .header("ETag", "\"7\"")
        .final_url("https://example.com/y")
        .body("stored")
}

/// It is fresh until its lifetime is over, by the script's clock.
#[test]
fn a_script_has_the_time() {
    let script = Script::install();
    for (age, status) in [
        (0, CacheStatus::Hit),
        (58, CacheStatus::Hit),
        (61, CacheStatus::Revalidated),
        (1 << 20, CacheStatus::Revalidated),
    ] {
        let age = Duration::from_secs(age);
        let answer = Answer::new(304).with_stored(fresh_for_a_minute(), age);
        let response = scripted(&script, &format!("/{}", age.as_secs()), answer);
        assert_eq!((response.outcome(), response.cache_status()), (Outcome::Success, status));
        assert_eq!(response.text(), "stored");
        assert_eq!(response.final_url(), Some("https://example.com/y"));
        if status == CacheStatus::Hit {
            let found = response.age().unwrap();
            assert!(found >= age && found < age + Duration::from_secs(30), "{response:?}");
        }
    }
    let sent = script.sent();
    let validator = ("If-None-Match".to_owned(), "\"7\"".to_owned());
    assert_eq!(sent.iter().filter(|sent| sent.headers.contains(&validator)).count(), 2);
    assert!(sent.iter().all(|sent| sent.cache == Some(CacheMode::Default)));
}

/// Each directive that permits a stale response says for how long.
#[test]
fn stale_responses_have_an_end() {
    let script = Script::install();
    for (permission, in_time) in [
        ("stale-if-error=60", CacheStatus::Stale),
        ("stale-while-revalidate=60", CacheStatus::Stale),
    ] {
        for (age, status) in [(20, Some(in_time)), (90, None)] {
            let stored = Answer::new(200)
                .header("Cache-Control", &format!("max-age=10, {permission}"))
                .body("stored");
            let answer = Answer::new(503).with_stored(stored, Duration::from_secs(age));
            let response = scripted(&script, &format!("/{permission}/{age}"), answer);
            let found = (response.outcome() == Outcome::Success).then(|| response.cache_status());
            assert_eq!(found, status, "{permission}, {age} s: {response:?}");
        }
    }
    for (age, outcome) in [(20, Outcome::Success), (90, Outcome::HttpError)] {
        let stored = Answer::new(200).header("Cache-Control", "max-age=10").body("stored");
        let answer = Answer::new(503).with_stored(stored, Duration::from_secs(age));
        let url = format!("/max-stale/{age}");
        script.answer("GET", &url, answer);
        let request = Request::get(url).header("Cache-Control", "max-stale=60");
        assert_eq!(outcome_of(request.cache(CacheMode::Default)).outcome(), outcome, "{age} s");
    }
}

/// Its own body is empty, and is not the one that it confirms.
#[test]
fn a_304_leaves_the_fields_of_the_body() {
    let script = Script::install();
    let stored = fresh_for_a_minute().header("Content-MD5", "old").header("X-A", "old");
    let answer = Answer::new(304)
        .header("Content-MD5", "new")
        .header("Content-Type", "text/new")
        .header("X-A", "new")
        .with_stored(stored, Duration::from_secs(90));
    let response = scripted(&script, "/x", answer);
    assert_eq!(response.cache_status(), CacheStatus::Revalidated);
    assert_eq!(response.header("Content-MD5"), Some("old"));
    assert_eq!((response.header("X-A"), response.header("Content-Type")), (Some("new"), None));
}

/// The other modes find the body of what a script has stored.
#[test]
fn a_script_has_bodies_for_all_modes() {
    let script = Script::install();
    let answer = Answer::new(404).with_stored(fresh_for_a_minute(), Duration::ZERO);
    script.answer("GET", "/x", answer);
    let response = outcome_of(Request::get("/x").cache(CacheMode::ForceCache));
    assert_eq!((response.cache_status(), &*response.text()), (CacheStatus::Hit, "stored"));
    assert!(response.headers().is_none());
    // And a record alone is no entry.
    let response = scripted(&script, "/y", Answer::cached("bytes"));
    assert_eq!((response.cache_status(), &*response.text()), (CacheStatus::Stored, "bytes"));
}

/// One refresh of an entry is enough.
#[test]
fn an_entry_is_refreshed_once_at_a_time() {
    let script = Script::install();
    let stale = Answer::new(200)
        .header("Cache-Control", "max-age=0, stale-while-revalidate=60")
        .header("ETag", "\"7\"")
        .body("stored");
    script.answer("GET", "/x", Answer::new(304).with_stored(stale, Duration::from_secs(5)));
    let before = stats();
    for _ in 0..3 {
        let request = Request::get("/x").cache(CacheMode::Default);
        request
            .send_fn(|response| assert_eq!(response.cache_status(), CacheStatus::Stale))
            .unwrap();
    }
    fetch_runtime::run();
    let sent = script.sent();
    let refreshes = sent.iter().filter(|sent| sent.cache == Some(CacheMode::NoCache));
    assert_eq!((sent.len(), refreshes.count()), (4, 1));
    assert_eq!(stats().started - before.started, 4);
    assert_eq!(stats().completed - before.completed, 4);
    // The next one refreshes it again.
    assert_eq!(get("/x").cache_status(), CacheStatus::Stale);
    assert_eq!(script.sent().len(), 6);
}

//! Housekeeping of the cache on disk: across restarts, on a full disk, and where there is none.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use fetch_runtime::cache::{self, CacheError, Entry};
use fetch_runtime::native::script::Script;
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, block_on, native};

use crate::backend::{cache as folder, load, outcome_of, store};
use crate::server;

fn keys(prefix: &str) -> Vec<Entry> {
    block_on(cache::keys(prefix)).expect("it may wait").expect("a cache")
}

fn names(prefix: &str) -> Vec<String> {
    keys(prefix).into_iter().map(|entry| entry.key).collect()
}

fn download(key: &str, length: usize) {
    let request = Request::get(server().url(&format!("/bytes/{length}"))).cache(CacheMode::Reload);
    let response = outcome_of(request.cache_key(key.to_owned()));
    assert_eq!(response.cache_status(), CacheStatus::Stored, "{response:?}");
}

/// A hit that was not yet written down when the cache was closed counts all the same.
#[test]
fn hits_survive_a_restart() {
    let folder = folder();
    cache::set_budget(Some(3000));
    ["1", "2", "3"].iter().for_each(|key| download(key, 1000));
    assert!(load("1").is_success());
    native::set_cache_dir(folder.path().join("elsewhere"));
    assert_eq!(names(""), [""; 0]);
    native::set_cache_dir(folder.path());
    assert!(keys("").iter().all(|entry| entry.age.is_some()));
    download("4", 1000);
    assert_eq!(names(""), ["1", "3", "4"]);
}

/// A hit is written down without another store.
#[test]
fn hits_are_written_down_after_a_while() {
    let folder = folder();
    cache::set_budget(Some(3000));
    ["1", "2", "3"].iter().for_each(|key| download(key, 1000));
    let notes = || {
        let file = folder.path().join("emscripten_filesystem.sqlite3-wal");
        std::fs::metadata(file).expect("a log").len()
    };
    let before = notes();
    assert!(load("1").is_success());
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while notes() == before {
        assert!(std::time::Instant::now() < end, "the hit was not written down");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// The file of the cache, opened beside it.
fn database(folder: &tempfile::TempDir) -> rusqlite::Connection {
    let file = folder.path().join("emscripten_filesystem.sqlite3");
    rusqlite::Connection::open(file).expect("the file of the cache")
}

/// The note of a download, as the cache writes it.
fn note(key: &str) -> Vec<u8> {
    [b"fetch-runtime-used\0", key.as_bytes()].concat()
}

/// A program whose clock was a year ahead has used a download. The next one's downloads are newer,
/// and so are its hits.
#[test]
fn a_clock_that_is_set_back() {
    let folder = folder();
    cache::set_budget(Some(2000));
    download("1", 1000);
    native::set_cache_dir(folder.path().join("elsewhere"));
    assert_eq!(names(""), [""; 0]);
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(365 * 86_400);
    let ahead = ahead.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    let data = [ahead.to_le_bytes(), ahead.to_le_bytes()].concat();
    let update = "UPDATE files SET data = ?1 WHERE key = ?2";
    assert_eq!(database(&folder).execute(update, (data, note("1"))), Ok(1));
    native::set_cache_dir(folder.path());
    // One that was stored in the future has no negative age.
    assert_eq!(keys("1")[0].age, Some(std::time::Duration::ZERO));
    download("2", 1000);
    download("3", 1000);
    assert_eq!(names(""), ["2", "3"]);
    assert!(load("2").is_success());
    download("4", 1000);
    assert_eq!(names(""), ["2", "4"]);
}

/// Notes that the crate has not written count as none, and stop nothing.
#[test]
fn malformed_notes() {
    let folder = folder();
    cache::set_budget(Some(2000));
    for key in ["1", "2"] {
        download(key, 1000);
    }
    let database = database(&folder);
    let insert = "INSERT OR REPLACE INTO files (key, data) VALUES (?1, ?2)";
    let latest = [i64::MAX.to_le_bytes(), i64::MAX.to_le_bytes()].concat();
    assert_eq!(database.execute(insert, (note("0"), "text")), Ok(1));
    assert_eq!(database.execute(insert, (note("1"), "text")), Ok(1));
    assert_eq!(database.execute(insert, (note("2"), latest)), Ok(1));
    assert_eq!(names(""), ["1", "2"]);
    download("3", 1000);
    download("4", 1000);
    assert!(names("").contains(&"4".to_owned()), "{:?}", names(""));
    assert!(load("1").is_success());
    assert_eq!(block_on(cache::clear()).unwrap(), Ok(3));
}

/// A program of another process evicts what this one has stored, and by its use.
#[test]
fn budgets_of_processes() {
    let folder = folder();
    cache::set_budget(Some(30_000_000));
    download("fill/x", 1_000_000);
    let path = folder.path().to_str().expect("UTF-8");
    let url = server().url("/bytes/100000");
    let mut child = crate::backend::child(&["fill", path, "250000", &url, "Reload"]);
    assert_eq!(crate::backend::stdout_of(&mut child), "20 stored, 2 left, Success\n");
    assert_eq!(names(""), ["fill/18", "fill/19", "save"]);
}

/// A limit on the size of files stands for a disk that is full. With a budget that is more than the
/// disk has, older downloads go for newer ones, as far as SQLite's log finds room.
#[cfg(unix)]
#[test]
fn a_full_disk_makes_room() {
    let filled = |budget: &str, mode: &str| {
        let folder = folder();
        let child = env!("CARGO_BIN_EXE_fetch-child");
        let path = folder.path().to_str().expect("UTF-8");
        let url = server().url("/bytes/100000");
        // Blocks of 512 bytes: 1 MiB.
        let script =
            format!("trap '' XFSZ; ulimit -f 2048; exec {child} fill {path} {budget} {url} {mode}");
        let told =
            crate::backend::stdout_of(std::process::Command::new("sh").args(["-c", &script]));
        native::set_cache_dir(folder.path());
        for entry in keys("fill/") {
            assert_eq!(load(&entry.key).body().len(), 100_000);
        }
        told
    };
    let numbers = |told: &str| {
        let words: Vec<_> = told.split(' ').collect();
        (words[0].parse::<u32>().unwrap(), words[2].parse::<u32>().unwrap())
    };
    for mode in ["Reload", "NoCache"] {
        let without = filled("0", mode);
        let (stored, left) = numbers(&without);
        assert!(stored == left && stored < 20, "{mode}: {without}");
        assert!(without.ends_with("CacheFailed\n"), "{mode}: {without}");
        let with = filled("1000000000", mode);
        let (stored, left) = numbers(&with);
        assert!(stored > left, "{mode}: none made room for another: {with}");
    }
}

/// On a full disk, too, the record that was to be replaced stays.
#[cfg(unix)]
#[test]
fn a_full_disk_keeps_the_older_one() {
    let folder = folder();
    cache::set_budget(Some(1 << 30));
    download("older", 100);
    let child = env!("CARGO_BIN_EXE_fetch-child");
    let path = folder.path().to_str().expect("UTF-8");
    let script = format!("trap '' XFSZ; ulimit -f 2048; exec {child} store {path} older 2 3000000");
    let told = crate::backend::stdout_of(std::process::Command::new("sh").args(["-c", &script]));
    assert_eq!(told, "CacheFailed NotStored\n");
    assert_eq!(load("older").body().len(), 100);
}

#[test]
fn the_usage_of_the_disk() {
    let _folder = folder();
    let usage = || block_on(cache::usage()).expect("it may wait").expect("a cache");
    let before = usage();
    assert!(store("large", vec![7; 3_000_000]).is_success());
    let after = usage();
    assert!(after.used >= before.used + 3_000_000, "{before:?} {after:?}");
    assert!(after.quota.is_some_and(|quota| quota > after.used), "{after:?}");
    assert_eq!(block_on(cache::persist()), Ok(Ok(true)));
    assert_eq!(block_on(cache::persisted()), Ok(Ok(true)));
}

#[test]
fn no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"in the way").unwrap();
    native::set_cache_dir(file.join("cache"));
    cache::set_budget(Some(1));
    for error in [
        block_on(cache::keys("")).unwrap().unwrap_err(),
        block_on(cache::delete("key")).unwrap().unwrap_err(),
        block_on(cache::clear()).unwrap().unwrap_err(),
        block_on(cache::usage()).unwrap().unwrap_err(),
    ] {
        assert!(matches!(error, CacheError::Unavailable { .. }), "{error}");
        assert_eq!(error.to_string(), "no cache: the folder of the cache cannot be used");
    }
    // By a callback, too: from the event loop.
    let called = Rc::new(Cell::new(0));
    let count = Rc::clone(&called);
    cache::keys("").send_fn(move |result| {
        assert!(result.is_err());
        count.set(count.get() + 1);
    });
    assert_eq!(called.get(), 0);
    fetch_runtime::run();
    assert_eq!(called.get(), 1);
}

/// A script has no records, and the real cache is not touched.
#[test]
fn while_a_script_plays() {
    let _folder = folder();
    assert!(store("key", vec![7]).is_success());
    let script = Script::install();
    let error = block_on(cache::clear()).unwrap().unwrap_err();
    assert!(error.to_string().contains("a script plays"), "{error}");
    drop(script);
    assert_eq!(names(""), ["key"]);
}

/// A test of a program with a namespace names keys as the program does.
#[test]
fn a_script_and_a_namespace() {
    use fetch_runtime::native::script::Answer;
    let script = Script::install();
    script.answer("IDB_STORE", "save/1", Answer::new(200));
    script.answer("GET", "/level", Answer::cached("data"));
    cache::set_namespace(Some("game")).unwrap();
    assert!(store("save/1", vec![7]).is_success());
    let response = outcome_of(Request::get("/level").cache(CacheMode::ForceCache));
    assert_eq!((response.cache_status(), response.text()), (CacheStatus::Hit, "data".into()));
}

/// `run` waits for operations, and resumes the panic of a callback.
#[test]
fn a_callback_that_panics() {
    let _folder = folder();
    let called = Rc::new(Cell::new(0));
    let count = || {
        let called = Rc::clone(&called);
        move || called.set(called.get() + 1)
    };
    let (first, second) = (count(), count());
    cache::keys("").send_fn(move |_| {
        first();
        panic!("on purpose");
    });
    cache::keys("").send_fn(move |_| second());
    let panic = catch_unwind(AssertUnwindSafe(fetch_runtime::run)).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    fetch_runtime::run();
    assert_eq!(called.get(), 2);
}

/// Under an executor of another crate, nothing else turns the event loop.
#[test]
fn under_another_executor() {
    let _folder = folder();
    assert!(store("key", vec![7; 9]).is_success());
    let entries = pollster::block_on(cache::keys("")).expect("a cache");
    assert_eq!((entries.len(), entries[0].size), (1, 9));
    assert_eq!(pollster::block_on(cache::delete("key")), Ok(true));
}

/// At the end of a thread, operations in flight are over without a callback.
#[test]
fn a_thread_that_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let dropped = std::thread::spawn(move || {
        native::set_cache_dir(path);
        assert!(store("key", vec![7; 9]).is_success());
        let guard = std::sync::Arc::new(());
        let weak = std::sync::Arc::downgrade(&guard);
        cache::delete("key").send_fn(move |_| drop(guard));
        weak
    })
    .join()
    .unwrap();
    assert!(dropped.upgrade().is_none(), "the callback was leaked");
    native::set_cache_dir(folder.path());
    assert_eq!(load("key").outcome(), Outcome::CacheMiss);
}

//! Housekeeping of the cache, where a test looks into the database itself.

use std::time::Duration;

use fetch_runtime::cache::{self, CacheError};
use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request};
use fetch_shared::engine::Ability;
use fetch_shared::scenario::{Test, assert_is};

use super::{in_the_store, leaves_nothing, prepare, wait_until};
use crate::driver::Run;
use crate::js;

pub(crate) fn tests() -> Vec<(String, Run)> {
    let mut all = tests![
        keys_of_a_namespace_in_the_database,
        no_notes_without_a_budget,
        notes_are_hidden_and_deleted,
        heads_go_with_their_bodies,
        hits_are_noted_later,
        a_clock_that_is_set_back,
        malformed_notes,
        records_of_other_programs,
        keys_that_are_no_strings,
        parts_of_an_earlier_page,
        parts_that_cannot_be_read,
        parts_that_wait,
        operations_leave_nothing,
        functions_that_throw
    ];
    if Ability::Persist.is_here() {
        all.extend(tests![the_browser_may_keep_it]);
    }
    all
}

/// A page without a database: each operation says so.
pub(crate) fn unavailable(t: &Test) {
    leaves_nothing(t, |t| {
        t.spawn(async {
            let is_unavailable =
                |error: CacheError| matches!(error, CacheError::Unavailable { .. });
            assert!(cache::keys("").await.is_err_and(is_unavailable));
            assert!(cache::delete("key").await.is_err_and(is_unavailable));
            assert!(cache::delete_prefix("key").await.is_err_and(is_unavailable));
            assert!(cache::clear().await.is_err_and(is_unavailable));
        });
        let called = t.expect();
        cache::keys("").send_fn(move |result| {
            called();
            let error = result.expect_err("no database");
            assert!(error.to_string().contains("IndexedDB"), "{error}");
        });
    });
}

/// Operations in flight end, when the browser ends their connection.
pub(crate) fn in_flight(t: &Test) {
    let (listed, deleted) = (t.expect(), t.expect());
    cache::keys("").send_fn(move |_| listed());
    cache::delete_prefix("no such").send_fn(move |_| deleted());
}

/// As a program without a namespace, or C code, sees it.
fn keys_of_a_namespace_in_the_database(t: &Test) {
    cache::set_namespace(Some("in-the-database")).expect("a name");
    t.send(Request::idb_store("key").body("bytes"), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
    let download = Request::get(t.url("/bytes/31")).cache(CacheMode::Reload);
    t.send(download, |_, response| assert!(response.is_success(), "{response:?}"));
    t.then(|t| {
        cache::set_namespace(None).expect("no name");
        in_the_store(t, "look('in-the-database|key')");
    });
    t.then(|t| {
        assert_eq!(js::evaluate("real.record"), "Uint8Array 5 5");
        in_the_store(t, &format!("look('in-the-database|{}')", t.url("/bytes/31")));
    });
    t.then(|t| {
        assert!(js::evaluate("real.record").ends_with(" 31 31"), "{}", js::evaluate("real.record"));
        t.spawn(async {
            assert_eq!(cache::delete_prefix("in-the-database|").await, Ok(2));
        });
    });
}

fn download(t: &Test, key: &str, length: usize) {
    let request = Request::get(t.url(&format!("/bytes/{length}"))).cache(CacheMode::Reload);
    t.send(request.cache_key(key.to_owned()), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Stored);
    });
}

fn hit(t: &Test, key: &str) {
    t.send(Request::get(key.to_owned()).cache(CacheMode::OnlyIfCached), |_, response| {
        assert_is(&response, Outcome::Success, CacheStatus::Hit);
    });
}

fn has_notes(t: &Test, key: &'static str, count: &'static str) {
    t.then(move |t| in_the_store(t, &format!("readNotes({key})")));
    t.then(move |_| {
        let name = "note => note[0] === 'fetch-runtime-used'";
        assert_eq!(js::evaluate(&format!("real.notes.filter({name}).length")), count, "{key}");
    });
}

fn no_notes_without_a_budget(t: &Test) {
    download(t, "unnoted", 50);
    t.then(|t| hit(t, "unnoted"));
    t.then(|t| {
        assert_eq!(js::evaluate("!Fetch.fetch_runtime_budget"), "true");
        t.send(Request::idb_delete("unnoted"), |_, response| assert!(response.is_success()));
    });
    has_notes(t, "", "0");
}

/// They go with their download, however that goes.
fn notes_are_hidden_and_deleted(t: &Test) {
    cache::set_budget(Some(1000));
    // One after the other, so that the order of their use is known.
    for key in ["noted/1", "noted/2", "noted/3"] {
        t.then(move |t| download(t, key, 300));
    }
    // Of another kind: metadata of the download.
    t.then(|t| in_the_store(t, "put(['fetch-runtime', 'noted/1'], [7])"));
    t.then(|t| in_the_store(t, "put(['fetch-runtime', 'noted/2'], [7])"));
    t.then(|t| in_the_store(t, "put(['fetch-runtime', 'noted/3'], [7])"));
    t.then(|t| in_the_store(t, "put(['fetch-runtime', 'other'], [7])"));
    has_notes(t, "'noted/1'", "1");
    t.then(|t| {
        t.spawn(async {
            let entries = cache::keys("noted/").await.expect("a cache");
            assert_eq!(entries.len(), 3, "{entries:?}");
            assert!(entries.iter().all(|entry| entry.size == 300 && entry.age.is_some()));
            assert_eq!(cache::keys("").await.expect("a cache").len(), 3);
            assert_eq!(cache::delete("noted/1").await, Ok(true));
        });
    });
    t.then(|t| in_the_store(t, "readNotes('noted/1')"));
    t.then(|t| {
        assert_eq!(js::evaluate("real.notes.length"), "0");
        // It evicts the second.
        download(t, "noted/4", 600);
    });
    t.then(|t| in_the_store(t, "readNotes('noted/2')"));
    t.then(|t| {
        assert_eq!(js::evaluate("real.notes.length"), "0");
        t.spawn(async { assert_eq!(cache::delete_prefix("noted/").await, Ok(2)) });
    });
    t.then(|t| in_the_store(t, "readNotes()"));
    t.then(|t| {
        assert_eq!(js::evaluate("real.notes.length"), "1");
        cache::set_budget(None);
        t.spawn(async { assert_eq!(cache::clear().await, Ok(0)) });
    });
    t.then(|t| in_the_store(t, "readNotes()"));
    t.then(|_| assert_eq!(js::evaluate("real.notes.length"), "0"));
}

/// The head of a download of `NoCache` goes when its body does, however that goes.
fn heads_go_with_their_bodies(t: &Test) {
    fn governed(t: &Test, key: &'static str, mode: CacheMode) {
        t.then(move |t| {
            let request = Request::get(t.url("/bytes/300")).cache(mode).cache_key(key);
            t.send(request, |_, response| {
                assert_is(&response, Outcome::Success, CacheStatus::Stored);
            });
        });
    }
    fn has_heads(t: &Test, count: &'static str) {
        t.then(|t| in_the_store(t, "readNotes()"));
        t.then(move |_| {
            let heads = "real.notes.filter(note => note[0] === 'fetch-runtime')";
            assert_eq!(js::evaluate(&format!("{heads}.length")), count);
            let is_whole = format!("{heads}.every(([, head]) => head.size === 300)");
            assert_eq!(js::evaluate(&is_whole), "true");
        });
    }
    // Today's modes have none.
    governed(t, "headed/0", CacheMode::Reload);
    has_heads(t, "0");
    governed(t, "headed/1", CacheMode::NoCache);
    governed(t, "headed/2", CacheMode::Default);
    has_heads(t, "2");
    // The body's buffer has a tag behind the body.
    t.then(|t| in_the_store(t, "look('headed/1')"));
    t.then(|t| {
        assert_eq!(js::evaluate("real.record"), "Uint8Array 300 316");
        t.spawn(async { assert_eq!(cache::delete("headed/1").await, Ok(true)) });
    });
    has_heads(t, "1");
    t.then(|t| {
        t.spawn(async { assert_eq!(cache::delete_prefix("headed/").await, Ok(2)) });
    });
    has_heads(t, "0");
    governed(t, "headed/4", CacheMode::Default);
    t.then(|t| {
        t.send(Request::idb_delete("headed/4"), |_, response| assert!(response.is_success()));
    });
    has_heads(t, "0");
    t.then(|_| cache::set_budget(Some(700)));
    for key in ["headed/1", "headed/2", "headed/3"] {
        governed(t, key, CacheMode::NoCache);
    }
    has_heads(t, "2");
    t.then(|t| {
        cache::set_budget(None);
        t.spawn(async { assert_eq!(cache::delete_prefix("headed/").await, Ok(2)) });
    });
    has_heads(t, "0");
}

/// Once for many hits, so that a hit writes nothing.
fn hits_are_noted_later(t: &Test) {
    cache::set_budget(Some(1000));
    download(t, "hit", 300);
    t.then(|t| in_the_store(t, "readNotes('hit')"));
    t.then(|t| {
        js::run("real.used = real.notes[0][3]; real.since = performance.now()");
        (0..5).for_each(|_| hit(t, "hit"));
    });
    t.then(|t| in_the_store(t, "readNotes('hit')"));
    t.then(|t| {
        // On a slow machine, it may be time already.
        let is_unchanged = "performance.now() - real.since > 900 || real.notes[0][3] === real.used";
        assert_eq!(js::evaluate(is_unchanged), "true", "it was noted at once");
        js::run(
            "real.watch = async () => {
                await real.readNotes('hit');
                if (real.notes[0][3] === real.used) setTimeout(real.watch, 20);
                else real.isNoted = true;
            };
            real.watch();",
        );
        wait_until(t, "real.isNoted");
    });
    t.then(|t| {
        cache::set_budget(None);
        t.spawn(async { assert_eq!(cache::delete("hit").await, Ok(true)) });
    });
}

/// A program whose clock was a year ahead has used a download. The next one's downloads are newer.
fn a_clock_that_is_set_back(t: &Test) {
    cache::set_budget(Some(1000));
    download(t, "clock/1", 400);
    t.then(|t| {
        let ahead = "['', 400, Date.now() + 3e10, Date.now() + 3e10]";
        in_the_store(t, &format!("put(['fetch-runtime-used', 'clock/1'], {ahead})"));
    });
    t.then(|t| {
        // As in a new page: a budget that has seen no note yet.
        cache::set_budget(None);
        cache::set_budget(Some(1000));
        download(t, "clock/2", 400);
    });
    t.then(|t| download(t, "clock/3", 400));
    t.then(|t| {
        t.spawn(async {
            let entries = cache::keys("clock/").await.expect("a cache");
            let keys: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
            assert_eq!(keys, ["clock/2", "clock/3"]);
            cache::set_budget(None);
            assert_eq!(cache::delete_prefix("clock/").await, Ok(2));
        });
    });
}

/// Notes that the crate has not written count as none, and stop nothing.
fn malformed_notes(t: &Test) {
    cache::set_budget(Some(1000));
    download(t, "malformed/0", 300);
    for (key, note) in [
        ("malformed/0", "['', 300, '7', '7']"),
        ("malformed/1", "null"),
        ("malformed/2", "'text'"),
        ("malformed/3", "['', 'text', 7, 7]"),
        ("malformed/4", "['', 300, Infinity, 7]"),
    ] {
        t.then(move |t| {
            in_the_store(t, &format!("put(['fetch-runtime-used', '{key}'], {note})"));
        });
    }
    t.then(|t| download(t, "malformed/5", 600));
    t.then(|t| download(t, "malformed/6", 600));
    t.then(|t| {
        t.spawn(async {
            let entries = cache::keys("malformed/").await.expect("a cache");
            let keys: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
            assert_eq!(keys, ["malformed/0", "malformed/6"]);
            cache::set_budget(None);
            assert_eq!(cache::delete_prefix("malformed/").await, Ok(2));
        });
    });
}

/// They count in a budget, and go first, though this page has resumed no download.
fn parts_of_an_earlier_page(t: &Test) {
    cache::set_budget(Some(1000));
    let head =
        "{ url: '/', etag: '\"x\"', total: 900, size: 800, tag: '1', text: '', headers: [] }";
    in_the_store(t, &format!("put(['fetch-runtime-part', 'parts/1'], {head})"));
    t.then(|t| {
        let part = "put(['fetch-runtime-part', 'parts/1', 0, 800], new Uint8Array(800))";
        in_the_store(t, part);
    });
    t.then(|t| download(t, "parts/2", 100));
    has_notes(t, "'parts/2'", "1");
    has_parts(t, "2");
    t.then(|t| download(t, "parts/3", 200));
    has_parts(t, "0");
    t.then(|t| {
        cache::set_budget(None);
        t.spawn(async { assert_eq!(cache::delete_prefix("parts/").await, Ok(2)) });
    });
}

fn has_parts(t: &Test, count: &'static str) {
    t.then(|t| in_the_store(t, "readNotes()"));
    t.then(move |_| {
        let parts = "real.notes.filter(note => note[0] === 'fetch-runtime-part')";
        assert_eq!(js::evaluate(&format!("{parts}.length")), count);
    });
}

/// Both timeouts hold while the database does not answer.
fn parts_that_cannot_be_read(t: &Test) {
    prepare();
    for is_idle in [true, false] {
        t.then(|t| {
            js::run("real.occupied = false; real.occupy(3000)");
            wait_until(t, "real.occupied");
        });
        t.then(move |t| {
            let url = t.url("/resumable/unread?size=4000&first=0");
            let request = Request::get(url).cache(CacheMode::Reload).resume(true);
            let limit = Duration::from_millis(300);
            let request =
                if is_idle { request.idle_timeout(limit) } else { request.timeout(limit) };
            t.send(request, |_, response| {
                assert_eq!(response.outcome(), Outcome::Timeout, "{response:?}");
                assert_eq!(js::evaluate("real.occupied"), "true", "it has waited");
            });
        });
        t.then(|t| wait_until(t, "real.done"));
    }
}

/// While the database is busy, the parts of a download do not fill the memory.
fn parts_that_wait(t: &Test) {
    prepare();
    js::run(
        "const { transaction } = IDBDatabase.prototype;
        real.open = real.most = 0;
        real.restore = () => IDBDatabase.prototype.transaction = transaction;
        IDBDatabase.prototype.transaction = function (...args) {
            const tx = transaction.apply(this, args);
            real.most = Math.max(real.most, ++real.open);
            for (const end of ['complete', 'abort']) tx.addEventListener(end, () => real.open--);
            return tx;
        };",
    );
    const SIZE: usize = 16 << 20;
    let url = t.url(&format!("/resumable/waiting?size={SIZE}&first={SIZE}"));
    let progress = move |progress: fetch_runtime::Progress| {
        // The claim is over by then.
        if progress.loaded < SIZE as u64 / 2 && js::evaluate("real.occupied") != "true" {
            js::run("real.occupied = true; real.occupy(2000)");
        }
    };
    let request = Request::get(url).cache(CacheMode::ForceCache).cache_key("waiting").resume(true);
    t.send(request.on_progress(progress), |t, response| {
        assert_eq!(response.body().len(), SIZE, "{response:?}");
        let most: u32 = js::evaluate("real.most").parse().expect("a number");
        // The busy one, a write of parts, and that of the body.
        assert!((2..=3).contains(&most), "{most} transactions at a time");
        js::run("real.restore()");
        t.spawn(async { assert_eq!(cache::delete("waiting").await, Ok(true)) });
    });
}

/// The size of a value that is no bytes is 0.
fn records_of_other_programs(t: &Test) {
    for (key, value) in [
        ("bytes", "Uint8Array.of(1, 2, 3)"),
        ("buffer", "Uint8Array.of(4, 5).buffer"),
        ("numbers", "Uint16Array.of(1, 2)"),
        ("part", "new Uint8Array(65536).subarray(9, 13)"),
        ("text", "'text'"),
        ("nothing", "null"),
        ("object", "{ byteLength: 100 }"),
        ("\\ud800", "Uint8Array.of(1)"),
    ] {
        t.then(move |t| in_the_store(t, &format!("put('others/{key}', {value})")));
    }
    t.then(|t| {
        t.spawn(async {
            let entries = cache::keys("others/").await.expect("a cache");
            let sizes: Vec<_> =
                entries.iter().map(|entry| (entry.key.as_str(), entry.size)).collect();
            let expected = [
                ("others/buffer", 2),
                ("others/bytes", 3),
                ("others/nothing", 0),
                ("others/numbers", 4),
                ("others/object", 0),
                ("others/part", 4),
                ("others/text", 0),
                // Half of a surrogate pair is no character of Rust.
                ("others/\u{fffd}", 1),
            ];
            assert_eq!(sizes, expected);
            assert_eq!(cache::delete("others/text").await, Ok(true));
            assert_eq!(cache::delete_prefix("others/").await, Ok(7));
        });
    });
}

/// They are not this crate's: it neither lists nor deletes them.
fn keys_that_are_no_strings(t: &Test) {
    const KEYS: [&str; 4] = ["7", "new Date(9)", "Uint8Array.of(1)", "['fetch-runtimes', 'x']"];
    for key in KEYS {
        t.then(move |t| in_the_store(t, &format!("put({key}, [7])")));
    }
    t.then(|t| {
        t.spawn(async {
            cache::clear().await.expect("a cache");
            assert_eq!(cache::keys("").await, Ok(Vec::new()));
            assert_eq!(cache::clear().await, Ok(0));
        });
    });
    for key in KEYS {
        t.then(move |t| in_the_store(t, &format!("look({key})")));
        t.then(move |t| {
            assert_eq!(js::evaluate("real.record"), "Array undefined undefined", "{key}");
            in_the_store(t, &format!("delete({key})"));
        });
    }
}

fn operations_leave_nothing(t: &Test) {
    leaves_nothing(t, |t| {
        t.send(Request::idb_store("leaves/nothing").body(vec![7; 5000]), |_, response| {
            assert!(response.is_success(), "{response:?}");
        });
        t.then_first(|t| {
            t.spawn(async {
                assert_eq!(cache::keys("leaves/").await.expect("a cache").len(), 1);
                assert_eq!(cache::delete("leaves/nothing").await, Ok(true));
                let _ = cache::usage().await;
            });
            let called = t.expect();
            cache::keys("").send_fn(move |result| {
                called();
                drop(result);
            });
        });
    });
}

/// Simulated: the browser's functions throw once.
fn functions_that_throw(t: &Test) {
    prepare();
    js::run("real.throws(IDBObjectStore.prototype, 'getAllKeys')");
    t.spawn(async {
        let error = cache::keys("").await.expect_err("it throws");
        assert!(error.to_string().contains("a simulated exception"), "{error}");
        js::run("real.throws(IDBObjectStore.prototype, 'delete')");
        let error = cache::delete("x").await.expect_err("it throws");
        assert!(error.to_string().contains("a simulated exception"), "{error}");
        js::run("real.throws(IDBDatabase.prototype, 'transaction')");
        let error = cache::delete("x").await.expect_err("it throws");
        assert!(matches!(error, CacheError::Unavailable { .. }), "{error}");
        js::run("real.throws(TextDecoder.prototype, 'decode')");
        let error = cache::delete("x").await.expect_err("it throws");
        assert!(error.to_string().contains("console"), "{error}");
        assert_eq!(cache::keys("no such").await, Ok(Vec::new()));
    });
}

/// The browser decides.
fn the_browser_may_keep_it(t: &Test) {
    t.spawn(async {
        match (cache::persist().await, cache::persisted().await) {
            (Ok(is_kept), Ok(is_persisted)) => {
                println!("    persist: {is_kept}");
                assert_eq!(is_kept, is_persisted);
            }
            (Err(CacheError::Unavailable { reason }), _) => println!("    {reason}"),
            other => panic!("{other:?}"),
        }
    });
}

//! Hostile keys, and hostile files in the cache's folder, are harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use fetch_runtime::{CacheMode, CacheStatus, Outcome, Request, native};

use crate::backend::{cache, child, load, outcome_of, stdout_of, store};
use crate::server;

const FILE: &str = "emscripten_filesystem.sqlite3";
const LOCK: &str = "emscripten_filesystem.lock";

/// All paths under a folder.
fn tree(folder: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        all.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
        if path.is_dir() {
            all.extend(
                tree(&path)
                    .into_iter()
                    .map(|below| format!("{}/{below}", entry.file_name().to_str().unwrap())),
            );
        }
    }
    all
}

#[test]
fn no_key_is_a_path() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("a/b/cache");
    native::set_cache_dir(&folder);
    let absolute = top.path().join("absolute").to_str().expect("UTF-8").to_owned();
    let long = "../".repeat(100_000);
    let keys = [
        "../up",
        "../../../up",
        "..",
        ".",
        "/",
        "//",
        "..\\up",
        "\\\\server\\share",
        "C:\\x",
        "C:x",
        "c:/x",
        "NUL",
        "con",
        "file:///etc/passwd",
        "~/x",
        "$HOME/x",
        "a/../../b",
        "%2e%2e%2f",
        "\u{202e}",
        "a\nb",
        "a;b",
        "'; DROP TABLE files; --",
        "*",
        FILE,
        &absolute,
        &long,
    ];
    for (i, key) in (0_u8..).zip(keys) {
        assert!(store(key, vec![i; 3]).is_success(), "{key:.50}");
        let download = Request::get(server().url("/bytes/9"))
            .cache(CacheMode::Reload)
            .cache_key(format!("{key}/9"));
        assert_eq!(outcome_of(download).cache_status(), CacheStatus::Stored, "{key:.50}");
    }
    for (i, key) in (0_u8..).zip(keys) {
        assert_eq!(load(key).body(), [i; 3], "{key:.50}");
        assert_eq!(load(&format!("{key}/9")).body().len(), 9, "{key:.50}");
    }
    for key in keys {
        assert!(outcome_of(Request::idb_delete(key)).is_success());
    }
    let files = tree(top.path());
    let mut known = ["", "-wal", "-shm"].map(|suffix| format!("a/b/cache/{FILE}{suffix}")).to_vec();
    known.push(format!("a/b/cache/{LOCK}"));
    assert!(
        files
            .iter()
            .filter(|file| !["a", "a/b", "a/b/cache"].contains(&file.as_str()))
            .all(|file| known.contains(file)),
        "{files:?}"
    );
}

/// A cache with a record in it, closed.
fn filled() -> tempfile::TempDir {
    let folder = cache();
    assert!(store("key", vec![7; 100_000]).is_success());
    close();
    folder
}

/// Makes this thread open the cache again.
fn close() {
    native::set_cache_dir("/nonexistent");
}

/// The cache is empty or has the true record, and works.
fn assert_usable(folder: &Path) {
    native::set_cache_dir(folder);
    let response = load("key");
    match response.outcome() {
        Outcome::CacheMiss => {}
        Outcome::Success => assert_eq!(response.body(), [7; 100_000]),
        outcome => panic!("{outcome:?}"),
    }
    assert!(store("key", vec![8; 50_000]).is_success());
    assert_eq!(load("key").body(), [8; 50_000]);
    close();
}

fn cut(file: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(file).unwrap().set_len(length).unwrap();
}

#[test]
fn a_file_that_is_cut() {
    let length = fs::metadata(filled().path().join(FILE)).unwrap().len();
    for length in [0, 1, 15, 16, 99, 100, 512, 4096, 4097, 8192, length / 2, length - 1] {
        let folder = filled();
        cut(&folder.path().join(FILE), length);
        assert_usable(folder.path());
    }
}

/// From a seed, byte by byte: in the header, in the schema, in the tree, in the record's chain of
/// pages.
#[test]
fn a_file_that_is_garbage() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..40 {
        let folder = filled();
        let path = folder.path().join(FILE);
        let mut bytes = fs::read(&path).unwrap();
        let range = match round % 4 {
            0 => 0..100,
            1 => 100..4096,
            2 => 4096..bytes.len().min(12_288),
            _ => 0..bytes.len(),
        };
        for _ in 0..=random.usize(..200) {
            bytes[random.usize(range.clone())] = random.u8(..);
        }
        fs::write(&path, bytes).unwrap();
        native::set_cache_dir(folder.path());
        // A byte of a record that has changed cannot be told, as in a browser. All else is one of
        // these.
        let outcome = load("key").outcome();
        assert!(matches!(outcome, Outcome::CacheMiss | Outcome::Success), "{round}: {outcome:?}");
        let stored = store("new", vec![8; 50_000]).is_success();
        // A corrupt cache is replaced by a good one, the second time at the latest.
        let stored = stored || store("new", vec![8; 50_000]).is_success();
        assert!(stored, "{round}");
        close();
    }
}

/// All files of a folder, but the lock, with their bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = tree(folder).into_iter().filter(|file| file != LOCK && !folder.join(file).is_dir());
    files.map(|file| (file.clone(), fs::read(folder.join(file)).unwrap_or_default())).collect()
}

/// There is no cache, and nothing is changed: neither in its folder nor in `elsewhere`.
fn assert_untouched(name: &str, folder: &Path, elsewhere: &Path) {
    let before = (contents(folder), contents(elsewhere));
    native::set_cache_dir(folder);
    assert_eq!(load("key").outcome(), Outcome::CacheUnavailable, "{name}");
    assert_eq!(store("key", vec![7]).outcome(), Outcome::CacheUnavailable, "{name}");
    assert_eq!(
        outcome_of(Request::idb_delete("key")).outcome(),
        Outcome::CacheUnavailable,
        "{name}"
    );
    let response = outcome_of(Request::get(server().url("/bytes/60")).cache(CacheMode::ForceCache));
    assert_eq!(
        (response.outcome(), response.cache_status()),
        (Outcome::Success, CacheStatus::NotStored)
    );
    close();
    assert!((contents(folder), contents(elsewhere)) == before, "{name}: {:?}", tree(folder));
}

/// It is left alone, to the byte.
#[test]
fn a_database_that_is_another() {
    let nowhere = tempfile::tempdir().unwrap();
    for schema in [
        "CREATE TABLE files (name TEXT, data BLOB)",
        "CREATE TABLE files (key TEXT PRIMARY KEY, data BLOB NOT NULL, more TEXT NOT NULL)",
        "CREATE VIEW files AS SELECT 'key' AS key, x'07' AS data",
        "CREATE TABLE files (key TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE files (key TEXT PRIMARY KEY, data BLOB NOT NULL);
         CREATE TRIGGER t AFTER INSERT ON files BEGIN UPDATE files SET data = x'07'; END",
        "CREATE TABLE other (x); INSERT INTO other VALUES (1)",
        "PRAGMA journal_mode = WAL; CREATE TABLE other (x); INSERT INTO other VALUES (1)",
        "PRAGMA application_id = 7; CREATE TABLE other (x)",
        "PRAGMA encoding = 'UTF-16'; PRAGMA page_size = 65536; CREATE TABLE other (x)",
        "CREATE TABLE other (x); DROP TABLE other",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let owner = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
        owner.execute_batch(schema).unwrap();
        // While its owner has it open, and afterwards.
        assert_untouched(schema, folder.path(), nowhere.path());
        drop(owner);
        assert_untouched(schema, folder.path(), nowhere.path());
    }
}

/// All that is in it is in its log, as its owner was killed.
#[test]
fn a_database_that_is_another_and_in_use() {
    let elsewhere = tempfile::tempdir().unwrap();
    let original = elsewhere.path().join("original");
    let owner = rusqlite::Connection::open(&original).unwrap();
    let sql = "PRAGMA journal_mode = WAL; CREATE TABLE other (x); INSERT INTO other VALUES (1)";
    owner.execute_batch(sql).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(&original, folder.path().join(FILE)).unwrap();
    fs::copy(elsewhere.path().join("original-wal"), folder.path().join(format!("{FILE}-wal")))
        .unwrap();
    assert_untouched("a log", folder.path(), elsewhere.path());
    let owner = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    let count: u32 = owner.query_row("SELECT count(*) FROM other", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}

/// It leads to the database of another program, to a cache, to garbage, or to nothing.
#[cfg(unix)]
#[test]
fn a_symlink() {
    use std::os::unix::fs::symlink;

    let elsewhere = filled();
    let other = rusqlite::Connection::open(elsewhere.path().join("other")).unwrap();
    other.execute_batch("CREATE TABLE files (name TEXT, data BLOB)").unwrap();
    drop(other);
    fs::write(elsewhere.path().join("garbage"), vec![b'x'; 5000]).unwrap();
    fs::write(elsewhere.path().join("empty"), "").unwrap();
    for name in [FILE, "other", "garbage", "empty", "nothing"] {
        let folder = tempfile::tempdir().unwrap();
        symlink(elsewhere.path().join(name), folder.path().join(FILE)).unwrap();
        assert_untouched(name, folder.path(), elsewhere.path());
        assert!(folder.path().join(FILE).is_symlink(), "{name}");
        // The lock must not be made elsewhere, either.
        let folder = tempfile::tempdir().unwrap();
        symlink(elsewhere.path().join(name), folder.path().join(LOCK)).unwrap();
        assert_untouched(name, folder.path(), elsewhere.path());
        assert!(folder.path().join(LOCK).is_symlink(), "{name}");
    }
    // A folder that is a symlink is the user's choice.
    let folder = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), folder.path().join("folder")).unwrap();
    native::set_cache_dir(folder.path().join("folder"));
    assert_eq!(load("key").body(), [7; 100_000]);
    close();
}

/// Many threads of many processes open it. One of them replaces it, and no stored record is lost.
#[test]
fn a_spoiled_file_that_many_find_at_once() {
    type Spoil = fn(&Path);
    let spoils: [(&str, Spoil); 5] = [
        ("garbage", |file| fs::write(file, vec![b'x'; 100_000]).unwrap()),
        ("empty", |file| fs::write(file, "").unwrap()),
        ("cut", |file| cut(file, 4096)),
        ("cut to its header", |file| cut(file, 100)),
        ("a garbage schema", |file| {
            let mut bytes = fs::read(file).unwrap();
            bytes[100..4096].fill(0xa5);
            fs::write(file, bytes).unwrap();
        }),
    ];
    for (name, spoil) in spoils {
        for round in 0..3 {
            let folder = filled();
            spoil(&folder.path().join(FILE));
            let path = folder.path().to_str().expect("UTF-8");
            let start = |process: usize| {
                let mut command = child(&["store-at-once", path, &process.to_string()]);
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
            };
            let mut children: Vec<_> = (0..3).map(start).collect();
            for child in &mut children {
                child.stdin.take().expect("it is piped").write_all(b"\n").unwrap();
            }
            let mut stored = Vec::new();
            for child in children {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{name}, {round}: {:?}", output.status);
                let keys = String::from_utf8(output.stdout).expect("text");
                stored.extend(keys.lines().map(str::to_owned));
            }
            native::set_cache_dir(folder.path());
            for key in &stored {
                assert_eq!(
                    load(key).text(),
                    key.as_str(),
                    "{name}, {round}: a stored record is lost"
                );
            }
            assert_eq!(stored.len(), 3 * 4 * 3, "{name}, {round}");
            close();
        }
    }
}

/// A thread has it open while another one replaces it: it goes on with the new one, whose log it
/// does not delete.
#[test]
fn a_file_that_is_spoiled_while_it_is_open() {
    let folder = filled();
    let path = folder.path().to_owned();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let other = std::thread::spawn(move || {
        native::set_cache_dir(path);
        assert_eq!(load("key").body(), [7; 100_000]);
        tell.send(()).unwrap();
        wait.recv().unwrap();
        assert!(store("of the other", vec![3]).is_success());
        assert_eq!(load("of this one").body(), [1]);
        close();
        tell.send(()).unwrap();
        wait.recv().unwrap();
    });
    told.recv().unwrap();
    fs::write(folder.path().join(FILE), vec![b'x'; 100_000]).unwrap();
    native::set_cache_dir(folder.path());
    assert!(store("of this one", vec![1]).is_success());
    go_on.send(()).unwrap();
    told.recv().unwrap();
    assert!(store("later", vec![2]).is_success());
    go_on.send(()).unwrap();
    other.join().expect("no panic");
    close();
    native::set_cache_dir(folder.path());
    for (key, byte) in [("of this one", 1), ("of the other", 3), ("later", 2)] {
        assert_eq!(load(key).body(), [byte], "{key}");
    }
    close();
}

/// A user deletes it to make room on a disk. A record that is stored afterwards is there.
#[test]
fn a_folder_that_is_deleted_while_it_is_open() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("cache");
    native::set_cache_dir(&folder);
    assert!(store("key", vec![7]).is_success());
    for _ in 0..2 {
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(load("key").outcome(), Outcome::CacheMiss);
        assert!(store("key", vec![8]).is_success());
        close();
        native::set_cache_dir(&folder);
        assert_eq!(load("key").body(), [8]);
    }
    close();
}

/// A record of this library has a value that is not bytes.
#[test]
fn a_record_that_is_none() {
    let folder = filled();
    let database = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
    for value in ["7", "1.5", "'text'", "''"] {
        database.execute_batch(&format!("UPDATE files SET data = {value}")).unwrap();
        native::set_cache_dir(folder.path());
        let response = load("key");
        assert!(
            response.outcome() == Outcome::CacheMiss || response.body().len() < 5,
            "{value}: {response:?}"
        );
        close();
    }
}

/// A folder is in the way: there is no cache, and nothing is deleted.
#[test]
fn a_folder_in_its_place() {
    let folder = cache();
    fs::create_dir(folder.path().join(FILE)).unwrap();
    fs::write(folder.path().join(FILE).join("precious"), "x").unwrap();
    native::set_cache_dir(folder.path());
    assert_eq!(store("key", vec![7]).outcome(), Outcome::CacheUnavailable);
    assert_eq!(load("key").outcome(), Outcome::CacheUnavailable);
    let response = outcome_of(Request::get(server().url("/bytes/60")).cache(CacheMode::ForceCache));
    assert_eq!(
        (response.outcome(), response.cache_status()),
        (Outcome::Success, CacheStatus::NotStored)
    );
    assert_eq!(tree(folder.path()).into_iter().filter(|file| file != LOCK).count(), 2);
}

/// The user may not write there.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt;

    let folder = filled();
    let path = folder.path().to_str().expect("UTF-8");
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&folder.path().join(FILE), 0o444);
    mode(folder.path(), 0o555);
    let before = fs::read(folder.path().join(FILE)).unwrap();
    let run = |arguments: &[&str]| {
        let program = child(arguments);
        // Root may write anywhere.
        let mut command = std::process::Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program.get_program());
        let is_root = fs::metadata("/proc/self").unwrap();
        if std::os::unix::fs::MetadataExt::uid(&is_root) == 0 {
            stdout_of(command.args(program.get_args()))
        } else {
            stdout_of(&mut child(arguments))
        }
    };
    let stored = run(&["store", path, "key", "8", "10"]);
    assert!(stored.starts_with("Cache"), "{stored}");
    let loaded = run(&["load", path, "key"]);
    assert!(
        ["CacheUnavailable Bypass 0 0\n", "Success Hit 100000 7\n"].contains(&loaded.as_str()),
        "{loaded}"
    );
    let url = server().url("/bytes/70");
    assert_eq!(run(&["download", path, &url]), "Success NotStored 70 200 OK\n");
    mode(folder.path(), 0o755);
    assert!(fs::read(folder.path().join(FILE)).unwrap() == before);
}

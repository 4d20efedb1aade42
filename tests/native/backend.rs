//! The tests of the native backend alone: its settings, its files, its threads.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::thread;

use fetch_runtime::{
    CacheMode, CacheStatus, Outcome, Request, Response, StartError, native, stats,
};
use fetch_shared::server::Server;

use crate::server;

/// Runs one request to its end.
pub(crate) fn outcome_of(request: Request) -> Response {
    let response = Rc::new(std::cell::Cell::new(None));
    let slot = Rc::clone(&response);
    request.send_fn(move |response| slot.set(Some(response))).unwrap();
    fetch_runtime::run();
    response.take().expect("the handler was called")
}

pub(crate) fn load(key: &str) -> Response {
    outcome_of(Request::get(key).cache(CacheMode::OnlyIfCached))
}

pub(crate) fn store(key: &str, body: Vec<u8>) -> Response {
    outcome_of(Request::idb_store(key).body(body))
}

/// The program in child.rs.
pub(crate) fn child(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetch-child"));
    command.args(arguments);
    command
}

pub(crate) fn stdout_of(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("the child starts");
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

/// A folder for a cache.
pub(crate) fn cache() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    native::set_cache_dir(folder.path());
    folder
}

#[test]
fn a_relative_url_needs_a_base() {
    let error = Request::get("/data.bin").send_fn(|_| ()).map(drop).unwrap_err();
    let StartError::InvalidUrl { url, reason } = error else { panic!("{error:?}") };
    assert_eq!(url, "/data.bin");
    assert!(reason.contains("set_base_url"), "{reason}");
    assert_eq!(stats().started, 0);
}

#[test]
fn a_base_url_that_is_none() {
    for base in ["", "/folder", "ftp://example.com/", "mailto:a@b"] {
        assert!(fetch_runtime::set_base_url(base).is_err(), "{base:?}");
    }
}

#[test]
fn relative_urls_resolve_against_an_http_base() {
    fetch_runtime::set_base_url(&server().url("/redirect/")).unwrap();
    let response = outcome_of(Request::get("../status/200"));
    assert_eq!(response.text(), "status 200");
    assert_eq!(response.url(), "../status/200");
    assert_eq!(response.final_url(), Some(server().url("/status/200").as_str()));
}

#[test]
fn a_folder_as_base() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    std::fs::create_dir_all(site.join("a b")).unwrap();
    std::fs::write(site.join("a b/data.bin"), b"data").unwrap();
    std::fs::write(folder.path().join("secret"), b"secret").unwrap();
    fetch_runtime::set_base_url(&format!("file://{}/", site.display())).unwrap();

    for url in [
        "a%20b/data.bin",
        "/a%20b/data.bin",
        "a b/data.bin?query#fragment",
        "a%20b/../a%20b/data.bin",
    ] {
        let response = outcome_of(Request::get(url));
        assert_eq!((response.status(), response.text()), (200, "data".into()), "{url}");
        assert_eq!(response.headers().and_then(|headers| headers.get("content-length")), Some("4"));
    }
    for url in
        ["missing", "../secret", "/../secret", "%2e%2e/secret", "..%2fsecret", "a%20b", "/", "a%00"]
    {
        let response = outcome_of(Request::get(url));
        assert!(!response.is_success(), "{url}: {response:?}");
        assert!(response.body().is_empty(), "{url}: {response:?}");
    }
    let outside = format!("file://{}/secret", folder.path().display());
    assert_eq!(outcome_of(Request::get(outside)).outcome(), Outcome::NetworkError);
    assert_eq!(outcome_of(Request::post("a%20b/data.bin").body("x")).status(), 405);
}

#[test]
fn the_cache_survives_a_restart() {
    let folder = cache();
    let path = folder.path().to_str().expect("UTF-8");
    assert_eq!(stdout_of(&mut child(&["store", path, "key", "7", "100000"])), "Success Stored\n");
    let response = load("key");
    assert_eq!(response.cache_status(), CacheStatus::Hit);
    assert_eq!(response.body(), vec![7; 100_000]);
    // And the other way round, while this process has it open.
    assert_eq!(store("key", vec![8; 10]).outcome(), Outcome::Success);
    assert_eq!(stdout_of(&mut child(&["load", path, "key"])), "Success Hit 10 8\n");
}

/// A process that is killed while it stores leaves the old record, or the new one.
#[test]
fn a_crash_in_the_middle_of_a_store() {
    const LENGTH: usize = 4_000_000;
    let folder = cache();
    let path = folder.path().to_str().expect("UTF-8");
    for round in 0..8_u32 {
        let length = LENGTH.to_string();
        let mut child =
            child(&["store-forever", path, "key", &length]).stdout(Stdio::piped()).spawn().unwrap();
        let mut stored = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        // The kill hits some point of the next store.
        stored.nth(1).expect("it stores").unwrap();
        for _ in 0..round * 200_000 {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let response = load("key");
        assert_eq!(response.cache_status(), CacheStatus::Hit);
        let body = response.into_body();
        assert_eq!(body.len(), LENGTH);
        assert!(body.iter().all(|byte| *byte == body[0]), "half of a record");
    }
}

/// A limit on the size of files stands for a disk that is full.
#[cfg(unix)]
#[test]
fn a_full_disk() {
    let folder = cache();
    assert!(store("small", vec![1; 100]).is_success());
    let child = env!("CARGO_BIN_EXE_fetch-child");
    let path = folder.path().to_str().expect("UTF-8");
    let url = server().url("/bytes/3000000");
    let limited = |command: &str| {
        // Blocks of 512 bytes: 1 MiB.
        let script = format!("trap '' XFSZ; ulimit -f 2048; exec {child} {command}");
        stdout_of(Command::new("sh").args(["-c", &script]))
    };
    assert_eq!(limited(&format!("store {path} large 2 3000000")), "CacheFailed NotStored\n");
    // A download succeeds all the same, with the status that the server sent.
    assert_eq!(limited(&format!("download {path} {url}")), "Success NotStored 3000000 200 OK\n");
    assert_eq!(limited(&format!("load {path} small")), "Success Hit 100 1\n");
    assert_eq!(load("large").outcome(), Outcome::CacheMiss);
}

#[test]
fn no_cache_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"in the way").unwrap();
    native::set_cache_dir(file.join("cache"));
    assert_eq!(store("key", vec![1]).outcome(), Outcome::CacheUnavailable);
    assert_eq!(load("key").outcome(), Outcome::CacheUnavailable);
    assert_eq!(outcome_of(Request::idb_delete("key")).outcome(), Outcome::CacheUnavailable);
    for mode in [CacheMode::ForceCache, CacheMode::Reload] {
        let response = outcome_of(Request::get(server().url("/bytes/50")).cache(mode));
        assert_eq!(
            (response.outcome(), response.cache_status()),
            (Outcome::Success, CacheStatus::NotStored)
        );
        assert_eq!(response.body().len(), 50);
    }
    assert_eq!((stats().live, stats().completed), (0, 5));
}

#[test]
fn a_corrupt_cache_begins_anew() {
    let folder = cache();
    assert!(store("key", vec![1; 100_000]).is_success());
    native::set_cache_dir(folder.path().join("elsewhere"));
    assert_eq!(load("key").outcome(), Outcome::CacheMiss);
    let mut spoiled = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            std::fs::write(
                &path,
                b"this is not a database, and long enough not to be taken for an empty one",
            )
            .unwrap();
            spoiled += 1;
        }
    }
    assert!(spoiled >= 1);
    native::set_cache_dir(folder.path());
    assert_eq!(load("key").outcome(), Outcome::CacheMiss);
    assert!(store("key", vec![2; 10]).is_success());
    assert_eq!(load("key").body(), [2; 10]);
}

#[test]
fn the_default_cache_folder_is_the_users() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().expect("UTF-8");
    let default = stdout_of(
        child(&["cache-dir"]).env("HOME", home).env("XDG_CACHE_HOME", format!("{home}/.cache")),
    );
    assert!(default.contains("fetch-child"), "{default}");
    if cfg!(target_os = "linux") {
        assert!(Path::new(default.trim()).starts_with(folder.path().join(".cache")), "{default}");
    }
}

#[test]
fn tls() {
    let folder = tempfile::tempdir().unwrap();
    let (server, certificate) = Server::start_tls().unwrap();
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, certificate).unwrap();
    let get =
        || child(&["get", &format!("https://localhost:{}/bytes/100000", server.address().port())]);
    assert_eq!(stdout_of(get().env("SSL_CERT_FILE", &pem)), "Success Bypass 100000\n");
    // The system does not know this authority.
    assert_eq!(
        stdout_of(get().env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR")),
        "NetworkError Bypass 0\n"
    );
}

#[test]
fn cookies_go_to_the_base_and_with_credentials() {
    use fetch_runtime::Credentials::Include;
    fetch_runtime::set_base_url(&server().url("/")).unwrap();
    let text = |request: Request| outcome_of(request).text().into_owned();
    assert_eq!(text(Request::get("/cookie")), "none");
    assert_eq!(text(Request::get("/cookie")), "crumb=1");

    let other = Server::start(None).unwrap();
    let elsewhere = format!("http://localhost:{}/cookie", other.address().port());
    for _ in 0..2 {
        assert_eq!(text(Request::get(&elsewhere)), "none");
    }
    assert_eq!(text(Request::get(&elsewhere).credentials(Include)), "none");
    assert_eq!(text(Request::get(&elsewhere).credentials(Include)), "crumb=1");
}

#[test]
fn a_password_does_not_follow_a_redirect_to_another_origin() {
    let other = Server::start(None).unwrap();
    let to = format!("http://localhost:{}/auth/any", other.address().port());
    let request =
        Request::get(server().url(&format!("/redirect/302?to={to}"))).auth("user", "secret");
    let response = outcome_of(request);
    assert_eq!(response.final_url(), Some(to.as_str()));
    assert_eq!((response.status(), &*response.text()), (401, "no credentials"));
}

#[test]
fn run_inside_a_handler_returns_at_once() {
    let after = Rc::new(std::cell::Cell::new(false));
    let seen = Rc::clone(&after);
    let url = server().url("/empty");
    Request::get(&url)
        .send_fn(move |_| {
            Request::get(url).send_fn(move |_| assert!(seen.get())).unwrap();
            // A call inside a handler must not let a second one run.
            fetch_runtime::run();
            fetch_runtime::run();
            fetch_runtime::poll();
            after.set(true);
        })
        .unwrap();
    fetch_runtime::run();
    assert_eq!((stats().live, stats().completed), (0, 2));
}

#[test]
fn poll_does_not_wait() {
    let fetch = Request::get(server().url("/slow/60000")).send_fn(|_| ()).unwrap();
    for _ in 0..1000 {
        fetch_runtime::poll();
    }
    assert!(!fetch.is_finished());
    fetch.abort();
    fetch_runtime::run();
    assert_eq!((stats().live, stats().completed), (0, 1));
}

/// Otherwise requests that start each other at once would keep a game from its next frame.
#[test]
fn poll_has_an_end() {
    fn again(cell: &Rc<std::cell::Cell<usize>>) {
        let cell_ = Rc::clone(cell);
        let next = move |_: Response| {
            cell_.set(cell_.get() + 1);
            if cell_.get() < 1000 {
                again(&cell_);
            }
        };
        Request::idb_delete("key").send_fn(next).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), b"in the way").unwrap();
    native::set_cache_dir(folder.path().join("file/cache"));
    let count = Rc::default();
    again(&count);
    fetch_runtime::poll();
    assert_eq!(count.get(), 1);
    fetch_runtime::run();
    assert_eq!(count.get(), 1000);
}

/// As many requests are in flight as may be. Streams among them would end only if the thread took
/// their chunks, which a blocked thread does not.
#[test]
fn a_thread_that_waits_needs_no_place() {
    const ENDLESS: &str = "/slow/3600000";
    let endless = || Request::get(server().url(ENDLESS)).send_fn(|_| ()).unwrap();
    let before = server().requests(ENDLESS);
    let transfers: Vec<_> = (0..256).map(|_| endless()).collect();
    // Transfers of other tests may be among them.
    while server().requests(ENDLESS) - before < 250 {
        thread::yield_now();
    }
    let request =
        Request::get(server().url("/bytes/10")).timeout(std::time::Duration::from_secs(300));
    assert_eq!(request.send_blocking().unwrap().outcome(), Outcome::Success);
    transfers.iter().for_each(fetch_runtime::Fetch::abort);
    fetch_runtime::run();
}

#[test]
fn punycode_that_is_none() {
    for url in ["http://xn--a/", "http://XN--A/", "file://host:80/"] {
        let error = Request::get(url).send_fn(|_| ()).map(drop).unwrap_err();
        assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    }
    assert_eq!(stats().started, 0);
}

/// The backend has been dropped before the handle.
#[test]
fn abort_at_the_end_of_a_thread() {
    struct AbortWhenDropped(fetch_runtime::Fetch);
    impl Drop for AbortWhenDropped {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    thread_local! {
        static FETCH: RefCell<Option<AbortWhenDropped>> = const { RefCell::new(None) };
    }
    thread::spawn(|| {
        // Touched first, dropped last.
        FETCH.with_borrow_mut(|fetch| assert!(fetch.is_none()));
        let fetch = Request::get(server().url("/slow/60000")).send_fn(|_| ()).unwrap();
        FETCH.set(Some(AbortWhenDropped(fetch)));
    })
    .join()
    .expect("no panic");
}

#[test]
fn each_thread_has_its_own() {
    let threads: Vec<_> = (0..8)
        .map(|i: u16| {
            thread::spawn(move || {
                let folder = cache();
                assert!(store("thread", vec![7; usize::from(i)]).is_success());
                assert_eq!(load("thread").body().len(), usize::from(i));
                let response =
                    outcome_of(Request::get(server().url(&format!("/status/{}", 400 + i))));
                assert_eq!(response.status(), 400 + i);
                assert_eq!((stats().started, stats().completed, stats().live), (3, 3, 0));
                drop(folder);
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(stats().started, 0);
}

#[test]
fn a_thread_may_end_while_requests_are_in_flight() {
    thread::spawn(|| {
        drop(
            Request::get(server().url("/slow/60000"))
                .send_fn(|_| unreachable!("no event loop runs"))
                .unwrap(),
        );
    })
    .join()
    .expect("no panic");
}

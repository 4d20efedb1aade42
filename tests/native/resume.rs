//! Downloads that are resumed, where another process keeps the cache busy.

use std::time::{Duration, Instant};

use fetch_runtime::{CacheMode, Outcome, Request};

use crate::backend::{cache, outcome_of, store};
use crate::server;

/// Both timeouts hold while the cache waits for the other process.
#[test]
fn parts_that_cannot_be_read() {
    let folder = cache();
    store("any", b"x".to_vec());
    let file = folder.path().join("emscripten_filesystem.sqlite3");
    let other = rusqlite::Connection::open(file).expect("the file of the cache");
    let url = server().url("/resumable/unread?size=4000&first=0");
    let limit = Duration::from_millis(300);
    let request = || Request::get(url.as_str()).cache(CacheMode::Reload).resume(true);
    for request in [request().idle_timeout(limit), request().timeout(limit)] {
        other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
        let start = Instant::now();
        assert_eq!(outcome_of(request).outcome(), Outcome::Timeout);
        // Then the cache gives up, and the whole is requested.
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        other.execute_batch("ROLLBACK").expect("it is given back");
    }
}

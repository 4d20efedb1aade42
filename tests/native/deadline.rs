//! A timeout covers the whole request, including the cache. A script holds the cache.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script, Stage};
use fetch_runtime::{CacheMode, CacheStatus, Fetch, Outcome, Request, poll, run, stats};

/// How a request has ended.
type Ended = Rc<Cell<Option<(Outcome, CacheStatus)>>>;

/// Sends it, and lets so many turns of a millisecond pass.
fn started(request: Request, turns: usize) -> (Ended, Fetch) {
    let ended = Rc::new(Cell::new(None));
    let end = Rc::clone(&ended);
    let fetch = request
        .send_fn(move |response| end.set(Some((response.outcome(), response.cache_status()))))
        .unwrap();
    for _ in 0..turns {
        poll();
    }
    (ended, fetch)
}

/// Held there, it ends as soon as that is safe, as a timeout.
#[test]
fn at_every_moment() {
    for (moment, at_once, status) in [
        (Stage::Lookup, false, CacheStatus::Bypass),
        (Stage::Head, true, CacheStatus::Bypass),
        (Stage::Chunk, true, CacheStatus::Bypass),
        (Stage::Store, false, CacheStatus::Stored),
    ] {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(200).body("bytes").hold(moment));
        let request =
            Request::get("/x").cache(CacheMode::ForceCache).timeout(Duration::from_millis(30));
        let (ended, fetch) = started(request, 25);
        assert_eq!((fetch.is_finished(), ended.get()), (false, None), "{moment:?}");
        for _ in 0..20 {
            poll();
        }
        assert_eq!(fetch.is_finished(), at_once, "{moment:?}");
        script.release();
        run();
        assert_eq!(ended.get(), Some((Outcome::Timeout, status)), "{moment:?}");
        assert_eq!((script.live_structs(), stats().live), (0, 0));
    }
}

/// The first of the two counts.
#[test]
fn an_abort_before_it_and_after_it() {
    for (turns, outcome) in [(5, Outcome::Aborted), (50, Outcome::Timeout)] {
        let script = Script::install();
        script.answer("GET", "/x", Answer::new(200).hold(Stage::Lookup));
        let request =
            Request::get("/x").cache(CacheMode::ForceCache).timeout(Duration::from_millis(30));
        let (ended, fetch) = started(request, turns);
        fetch.abort();
        for _ in 0..50 {
            poll();
        }
        script.release();
        run();
        assert_eq!(ended.get().map(|(outcome, _)| outcome), Some(outcome));
    }
}

/// A response that came in time may wait for the thread, as the timer does. A second timer ends the
/// request, whether it is late or not.
#[test]
fn a_late_timer_waits_once_more() {
    let limit = Duration::from_millis(30);
    let late = |script: &Script, time| {
        script.advance(time); // the script's clock
        std::thread::sleep(time + Duration::from_millis(150)); // and the real one
        for _ in 0..5 {
            poll();
        }
    };
    for comes in [true, false] {
        let script = Script::install();
        // The backend itself keeps the time of a transfer.
        script.answer("GET", "/x", Answer::new(200).hold(Stage::Lookup));
        let request = Request::get("/x").cache(CacheMode::ForceCache).timeout(limit);
        let (ended, _fetch) = started(request, 0);
        late(&script, limit);
        if !comes {
            late(&script, Duration::from_secs(1));
        }
        assert_eq!(ended.get(), None);
        script.release();
        run();
        let outcome = if comes { Outcome::Success } else { Outcome::Timeout };
        assert_eq!(ended.get().map(|(outcome, _)| outcome), Some(outcome));
    }
}

/// A network error that is delivered after the deadline is none the less one.
#[test]
fn a_late_event_loop_makes_no_timeout() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::network_error());
    let timeout = Duration::from_millis(5);
    let (ended, _fetch) = started(Request::get("/x").timeout(timeout), 0);
    script.advance(timeout); // the script's clock
    std::thread::sleep(timeout); // and the real one
    run();
    assert_eq!(ended.get(), Some((Outcome::NetworkError, CacheStatus::Bypass)));
}

/// The event loop does not wait for the deadline of a request that is over.
#[test]
fn a_request_in_time_leaves_nothing_behind() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    fetch_runtime::native::set_cache_dir(cache.path());
    let before = std::time::Instant::now();
    let timeout = Duration::from_secs(3600);
    let (ended, fetch) =
        started(Request::get("absent").cache(CacheMode::OnlyIfCached).timeout(timeout), 0);
    run();
    assert_eq!(ended.get(), Some((Outcome::CacheMiss, CacheStatus::Bypass)));
    assert!(before.elapsed() < timeout / 2 && fetch.is_finished());
}

/// Both in one turn: a deadline that is due by then is not called for a request that has gone, nor
/// is its memory touched.
#[test]
fn due_when_the_request_ends() {
    for ms in [1, 2, 3, 4, 5, 6, 7, 8].repeat(50) {
        let script = Script::install();
        script.answer("GET", "/x", Answer::cached("bytes"));
        let request =
            Request::get("/x").cache(CacheMode::ForceCache).timeout(Duration::from_millis(ms));
        let (ended, fetch) = started(request, 0);
        run();
        assert_eq!(ended.get(), Some((Outcome::Success, CacheStatus::Hit)), "{ms}");
        // The allocator gives the freed memory out again, so that a late write into it shows.
        let memory: Vec<Vec<u8>> = (1..80).map(|size| vec![0; size]).collect();
        assert!(memory.iter().flatten().all(|byte| *byte == 0));
        assert!(fetch.is_finished());
    }
}

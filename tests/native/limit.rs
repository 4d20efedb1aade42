//! The limit of requests in flight: those that wait, with scripts.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script, Stage};
use fetch_runtime::{
    AbortController, Fetch, Outcome, Request, Response, StartError, poll, run, set_base_url,
    set_max_in_flight, spawn_local, stats,
};
use fetch_shared::scenario::Drops;

use crate::server;

/// The ends of requests, in the order in which their handlers were called.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<(String, Outcome)>>>);

impl Log {
    fn handler(&self) -> impl FnOnce(Response) + use<> {
        let log = self.clone();
        move |response| log.0.borrow_mut().push((response.url().to_owned(), response.outcome()))
    }

    fn start(&self, url: &str) -> Fetch {
        Request::get(url).send_fn(self.handler()).unwrap()
    }

    fn urls(&self) -> Vec<String> {
        self.0.borrow().iter().map(|(url, _)| url.clone()).collect()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.0.borrow().iter().map(|(_, outcome)| *outcome).collect()
    }
}

/// A script whose answer to `/held` is held, and a limit of one request in flight.
fn one_at_a_time() -> Script {
    set_max_in_flight(1);
    let script = Script::install();
    script.answer("GET", "/held", Answer::new(200).hold(Stage::Head));
    for url in ["/a", "/b", "/c", "/d"] {
        script.answer("GET", url, Answer::new(200));
    }
    script
}

fn sent(script: &Script) -> Vec<String> {
    script.sent().iter().map(|request| request.url.clone()).collect()
}

/// Lets so many turns of a millisecond pass.
fn turn(turns: usize) {
    for _ in 0..turns {
        poll();
    }
}

#[test]
fn first_in_first_out() {
    let script = one_at_a_time();
    let log = Log::default();
    for url in ["/held", "/a", "/b", "/c"] {
        drop(log.start(url));
    }
    turn(5);
    assert_eq!(sent(&script), ["/held"]);
    let counts = stats();
    assert_eq!((counts.started, counts.live, counts.waiting), (4, 1, 3));
    script.release();
    run();
    assert_eq!(sent(&script), ["/held", "/a", "/b", "/c"]);
    assert_eq!(log.urls(), ["/held", "/a", "/b", "/c"]);
    let counts = stats();
    assert_eq!((counts.started, counts.completed, counts.closed), (4, 4, 4));
    assert_eq!((counts.live, counts.waiting), (0, 0));
}

/// A handler's request is behind those that wait already. The first of them has begun before the
/// handler runs: a handler that never returns keeps none from its turn.
#[test]
fn a_request_of_a_handler_is_the_last() {
    let script = one_at_a_time();
    let log = Log::default();
    let (inner, seen) = (log.clone(), Rc::new(Cell::new(0)));
    let live = Rc::clone(&seen);
    Request::get("/held")
        .send_fn(move |_| {
            live.set(stats().live);
            drop(inner.start("/c"));
        })
        .unwrap();
    for url in ["/a", "/b"] {
        drop(log.start(url));
    }
    turn(5);
    script.release();
    run();
    assert_eq!((log.urls(), seen.get()), (vec!["/a".into(), "/b".into(), "/c".into()], 1));
}

/// It has sent nothing, and its handler is called once.
#[test]
fn an_abort_in_the_queue() {
    let script = one_at_a_time();
    let log = Log::default();
    drop(log.start("/held"));
    let drops = Drops::default();
    let (guard, body) = (drops.guard(), drops.guard());
    let handler = log.handler();
    let aborted = Request::get("/a")
        .on_progress(move |_| _ = &body)
        .send_fn(move |response| {
            drop(guard);
            handler(response);
        })
        .unwrap();
    drop(log.start("/b"));
    let last = log.start("/c");
    aborted.abort();
    aborted.abort();
    assert!(aborted.is_finished() && log.urls().is_empty(), "not inside `abort`");
    last.abort();
    assert_eq!(stats().waiting, 1);
    turn(5);
    assert_eq!((log.urls(), drops.count()), (vec!["/a".to_owned(), "/c".to_owned()], 2));
    assert_eq!(log.outcomes(), [Outcome::Aborted; 2]);
    script.release();
    run();
    assert_eq!(sent(&script), ["/held", "/b"]);
    let counts = stats();
    assert_eq!((counts.started, counts.completed, counts.closed), (4, 4, 2));
    assert_eq!((counts.live, counts.waiting), (0, 0));
}

/// An abort of all sends none of those that waited, although the first ones make room.
#[test]
fn an_abort_of_all() {
    let script = one_at_a_time();
    let (log, controller) = (Log::default(), AbortController::new());
    for url in ["/held", "/a", "/b"] {
        Request::get(url).signal(&controller).send_fn(log.handler()).unwrap();
    }
    controller.abort();
    assert_eq!((stats().live, stats().waiting), (0, 0));
    run();
    assert_eq!((sent(&script), log.outcomes()), (vec!["/held".into()], vec![Outcome::Aborted; 3]));
}

/// The same with futures. Others that wait have their turn after that.
#[test]
fn a_drop_of_many_futures() {
    let script = one_at_a_time();
    let log = Log::default();
    let mut context = Context::from_waker(Waker::noop());
    let mut futures: Vec<_> =
        ["/held", "/a", "/b"].map(|url| Box::pin(Request::get(url).into_future())).into();
    for future in &mut futures {
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    drop(log.start("/c"));
    assert_eq!((stats().live, stats().waiting), (1, 3));
    drop(futures);
    assert_eq!((stats().live, stats().waiting), (0, 1));
    run();
    assert_eq!((sent(&script), log.urls()), (vec!["/held".into(), "/c".into()], vec!["/c".into()]));
    assert_eq!((stats().started, stats().completed), (4, 4));
}

/// Errors of values come at once, from requests that would have to wait as well.
#[test]
fn errors_come_at_the_start() {
    let script = one_at_a_time();
    drop(Log::default().start("/held"));
    let before = stats();
    let error = Request::get("http://exa mple/").send_fn(|_| ()).map(drop).unwrap_err();
    assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    let error = Request::get("/a").header("Host", "x").send_fn(|_| ()).map(drop).unwrap_err();
    assert!(matches!(error, StartError::InvalidHeaderName { .. }), "{error}");
    assert_eq!(stats(), before);
    script.release();
    run();
}

/// All clocks begin when the request begins.
#[test]
fn the_wait_is_not_part_of_the_timeout() {
    for cached in [false, true] {
        let script = one_at_a_time();
        let (log, timeout) = (Log::default(), Duration::from_millis(30));
        let request = Request::get("/a").timeout(timeout);
        let mode = fetch_runtime::CacheMode::Reload;
        let request = if cached { request.cache(mode) } else { request };
        drop(log.start("/held"));
        drop(request.send_fn(log.handler()).unwrap());
        turn(60);
        assert!(log.urls().is_empty(), "{cached}");
        script.release();
        run();
        assert_eq!(log.outcomes(), [Outcome::Success; 2], "{cached}");
    }
}

/// With another base in the meantime, its URL is that of its turn.
#[test]
fn the_base_of_a_turn() {
    let script = one_at_a_time();
    set_base_url("http://one/").unwrap();
    for base in ["http://one", "http://two"] {
        script.answer("GET", &format!("{base}/x"), Answer::new(200).body(base));
    }
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    drop(Log::default().start("/held"));
    let handler = move |response: Response| log.borrow_mut().push(response.text().into_owned());
    drop(Request::get("/x").send_fn(handler).unwrap());
    set_base_url("http://two/").unwrap();
    turn(5);
    script.release();
    run();
    assert_eq!(*seen.borrow(), ["http://two"]);
}

#[test]
fn a_higher_limit_lets_requests_begin() {
    let script = one_at_a_time();
    let log = Log::default();
    drop(log.start("/held"));
    for url in ["/a", "/b", "/c"] {
        drop(log.start(url));
    }
    set_max_in_flight(3);
    assert_eq!((stats().live, stats().waiting), (3, 1));
    // It ends none.
    set_max_in_flight(0);
    assert_eq!((stats().live, stats().waiting), (3, 1));
    turn(20);
    assert_eq!(log.urls(), ["/a", "/b"]);
    script.release();
    run();
    assert_eq!(log.urls(), ["/a", "/b", "/held", "/c"]);
}

/// A task that waits for its turn is woken when its request begins: then it follows the events of
/// that. The executor is not this crate's.
#[test]
fn a_turn_under_another_executor() {
    set_max_in_flight(1);
    let get = |path: &str| Request::get(server().url(path)).into_future();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let both = async { tokio::join!(get("/slow/50"), get("/slow/51"), get("/bytes/10")) };
    let limit = Duration::from_secs(60);
    let (a, b, c) =
        tokio.block_on(async { tokio::time::timeout(limit, both).await }).expect("woken in time");
    for response in [a, b, c] {
        assert!(response.unwrap().is_success());
    }
    assert_eq!((stats().started, stats().live, stats().waiting), (3, 0, 0));
}

/// Each thread has its own limit, and its own requests.
#[test]
fn each_thread_has_its_own() {
    let script = one_at_a_time();
    drop(Log::default().start("/held"));
    let other = thread::spawn(|| {
        let response = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&response);
        let requests: Vec<_> = (0..3).map(|_| Request::get(server().url("/slow/100"))).collect();
        for request in requests {
            let slot = Rc::clone(&slot);
            drop(request.send_fn(move |response| *slot.borrow_mut() = Some(response)).unwrap());
        }
        assert_eq!((stats().live, stats().waiting), (3, 0));
        run();
        response.take().map(|response| response.outcome())
    });
    assert_eq!(other.join().unwrap(), Some(Outcome::Success));
    script.release();
    run();
}

/// It cannot wait for its turn, as no callback could give it one.
#[test]
fn a_blocked_thread_does_not_wait_for_a_turn() {
    let script = one_at_a_time();
    let log = Log::default();
    drop(log.start("/held"));
    drop(log.start("/a"));
    assert!(Request::get("/b").send_blocking().unwrap().is_success());
    assert_eq!((log.urls().len(), stats().live, stats().waiting), (0, 1, 1));
    script.release();
    run();
    assert_eq!(sent(&script), ["/held", "/b", "/a"]);
}

/// A task that holds a place while it awaits another request waits for ever; a timeout ends that.
#[test]
fn a_timeout_ends_a_deadlock() {
    let script = one_at_a_time();
    script.answer("GET", "/stream", Answer::new(200).body("x").hold(Stage::Chunk));
    let ended = Rc::new(Cell::new(false));
    let end = Rc::clone(&ended);
    spawn_local(async move {
        let stream = Request::get("/stream").timeout(Duration::from_millis(20)).stream().await;
        let mut stream = stream.unwrap();
        assert!(Request::get("/a").await.unwrap().is_success());
        while let Some(Ok(_)) = stream.next().await {}
        end.set(true);
    });
    turn(60);
    run();
    assert!(ended.get());
    drop(script);
}

/// Thousands that wait, aborted from both ends and from the middle.
#[test]
fn many() {
    const MANY: usize = 10_000;
    let script = one_at_a_time();
    let log = Log::default();
    drop(log.start("/held"));
    let mut waiting: Vec<_> = (0..MANY).map(|_| log.start("/a")).collect();
    for index in [MANY - 1, MANY / 2, 0] {
        waiting.remove(index).abort();
    }
    assert_eq!(stats().waiting, (MANY - 3) as u64);
    fastrand::Rng::with_seed(7).shuffle(&mut waiting);
    waiting.iter().skip(100).for_each(Fetch::abort);
    assert_eq!(stats().waiting, 100);
    script.release();
    run();
    assert_eq!((sent(&script).len(), log.urls().len()), (101, MANY + 1));
    assert_eq!((stats().live, stats().waiting), (0, 0));
}

/// A thread may end while requests wait, and handles may outlive the backend.
#[test]
fn the_end_of_a_thread() {
    struct AbortWhenDropped(Vec<Fetch>);
    impl Drop for AbortWhenDropped {
        fn drop(&mut self) {
            self.0.iter().for_each(Fetch::abort);
        }
    }
    thread_local! {
        static FETCHES: RefCell<Option<AbortWhenDropped>> = const { RefCell::new(None) };
    }
    thread::spawn(|| {
        // Touched first, dropped last.
        FETCHES.with_borrow_mut(|fetches| assert!(fetches.is_none()));
        set_max_in_flight(1);
        let start = || Request::get(server().url("/slow/60000")).send_fn(|_| ()).unwrap();
        FETCHES.set(Some(AbortWhenDropped((0..3).map(|_| start()).collect())));
        drop(start());
    })
    .join()
    .expect("no panic");
}

/// A future that is dropped while it waits is not polled again.
#[test]
fn a_drop_in_the_queue() {
    let script = one_at_a_time();
    drop(Log::default().start("/held"));
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut future = pin!(Request::get("/a").into_future());
        assert!(matches!(future.as_mut().poll(&mut context), Poll::Pending));
        assert_eq!(stats().waiting, 1);
    }
    assert_eq!(stats().waiting, 0);
    script.release();
    run();
    assert_eq!(sent(&script), ["/held"]);
}

/// Sends a request with an idle timeout of 40 ms, which is held at a stage for so many turns of a
/// millisecond. Returns how it has ended.
fn idle(request: Request, stages: &[(Stage, usize)]) -> Option<Outcome> {
    let script = Script::install();
    let answer = stages
        .iter()
        .fold(Answer::new(200).body("bytes"), |answer, (stage, _)| answer.hold(*stage));
    script.answer("GET", "/x", answer);
    let log = Log::default();
    let request = request.idle_timeout(Duration::from_millis(40));
    let fetch = request.send_fn(log.handler()).unwrap();
    for (_, turns) in stages {
        turn(*turns);
        script.release();
    }
    turn(100);
    drop(fetch);
    run();
    log.outcomes().pop()
}

/// The time of the headers, and that of the first bytes, is each less than the limit.
#[test]
fn headers_begin_the_time_anew() {
    let stages = [(Stage::Head, 30), (Stage::Chunk, 30)];
    assert_eq!(idle(Request::get("/x"), &stages), Some(Outcome::Success));
    assert_eq!(idle(Request::get("/x"), &[(Stage::Head, 100)]), Some(Outcome::Timeout));
    assert_eq!(idle(Request::get("/x"), &[(Stage::Chunk, 100)]), Some(Outcome::Timeout));
    let long = || Request::get("/x").timeout(Duration::from_secs(60));
    assert_eq!(idle(long(), &[(Stage::Chunk, 100)]), Some(Outcome::Timeout));
}

/// A stream has the same limit.
#[test]
fn a_stream_that_is_idle() {
    let stream = || Request::get("/x").on_chunk(|_| ());
    let stages = [(Stage::Head, 30), (Stage::Chunk, 30)];
    assert_eq!(idle(stream(), &stages), Some(Outcome::Success));
    assert_eq!(idle(stream(), &[(Stage::Chunk, 100)]), Some(Outcome::Timeout));
}

/// The time of the cache does not count. That of the transfer begins with the transfer.
#[test]
fn a_lookup_is_not_idle() {
    let cached = || Request::get("/x").cache(fetch_runtime::CacheMode::ForceCache);
    let stages = [(Stage::Lookup, 100), (Stage::Head, 30)];
    assert_eq!(idle(cached(), &stages), Some(Outcome::Success));
    assert_eq!(idle(cached(), &[(Stage::Store, 100)]), Some(Outcome::Success));
    let stages = [(Stage::Lookup, 100), (Stage::Head, 150)];
    assert_eq!(idle(cached(), &stages), Some(Outcome::Timeout));
}

/// A long body may take its time, and its answer may not.
#[test]
fn a_long_body_is_not_idle() {
    for (length, outcome) in [(64 * 1024, Outcome::Timeout), (64 * 1024 + 1, Outcome::Success)] {
        let script = Script::install();
        script.answer("POST", "/x", Answer::new(200).body("x").hold(Stage::Head));
        let log = Log::default();
        let request = Request::post("/x").body(vec![0; length]);
        let request = request.idle_timeout(Duration::from_millis(40));
        drop(request.send_fn(log.handler()).unwrap());
        turn(100);
        script.release();
        run();
        assert_eq!(log.outcomes(), [outcome], "{length}");
    }
}

/// A blocked thread has no timers.
#[test]
fn a_blocked_thread_is_not_idle() {
    let request = Request::get("/x").idle_timeout(Duration::from_secs(1));
    let error = request.send_blocking().map(drop).unwrap_err();
    assert!(matches!(error, StartError::BlockingNotAllowed { .. }), "{error}");
}

//! Requests that are awaited, and the tasks of the thread's own executor.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use fetch_runtime::{
    AbortController, AbortHandle, CacheMode, CacheStatus, Elapsed, Outcome, Request, Response,
    StartError, fetch, sleep, spawn_local, stats, timeout,
};
use futures_channel::{mpsc, oneshot};
use futures_executor::LocalPool;
use futures_util::future::{Either, join, join_all, select};
use futures_util::stream::StreamExt;
use futures_util::task::LocalSpawnExt;
use tokio::task::LocalSet;

use crate::engine::Difference;
use crate::pattern::is_pattern;
use crate::scenario::{Drops, Test};

scenarios! { $ for_each_awaiting_scenario:
    every_status
    the_cache
    timeouts_of_requests
    aborts
    errors_at_the_start
    a_sequence
    a_hundred_at_once
    the_loser_of_a_race
    limits
    sleeps_end_in_order
    a_task_begins_later
    goes_on_in_the_terminal_callback
    an_aborted_task_drops_its_requests
    an_aborted_task_is_over
    a_task_aborts_itself
    tasks_wake_one_another
    a_task_that_yields_starves_nothing
    a_task_that_is_woken_while_it_runs
    a_future_that_is_not_polled
    a_future_moves_to_another_task
    an_executor_of_another_crate
    a_local_set_of_tokio
}

const MS: Duration = Duration::from_millis(1);

async fn response(request: Request) -> Response {
    request.await.expect("it begins")
}

/// Wakes its task, and lets it wait for that.
pub(super) async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The responses are complete: status, headers and body. After the `await`, nothing is in flight.
fn every_status(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let found = response(Request::get(test.url("/bytes/1000"))).await;
        assert_eq!(stats().live, 0);
        assert_eq!(
            (found.outcome(), found.cache_status()),
            (Outcome::Success, CacheStatus::Bypass)
        );
        assert_eq!((found.status(), found.status_text(), found.body().len()), (200, "OK", 1000));
        assert!(is_pattern(found.body(), 0));
        assert_eq!(found.headers().expect("they came").get("content-length"), Some("1000"));

        let missing = fetch!(GET test.url("/status/404")).await.expect("it begins");
        assert_eq!((missing.outcome(), missing.status()), (Outcome::HttpError, 404));
        assert_eq!((missing.status_text(), missing.body().len()), ("Not Found", 10));
        let error = missing.into_result().expect_err("404");
        assert_eq!((error.outcome(), error.status()), (Outcome::HttpError, 404));

        for url in ["http://127.0.0.1:1/".to_owned(), test.url("/reset/1000")] {
            let broken = response(Request::get(url)).await;
            assert_eq!((broken.outcome(), broken.status()), (Outcome::NetworkError, 0));
            assert!(broken.body().is_empty() && broken.headers().is_none());
        }

        let progress = Rc::new(Cell::new(0));
        let seen = Rc::clone(&progress);
        let request = Request::post(test.url("/echo"))
            .body(b"a body".repeat(10_000))
            .on_progress(move |progress| seen.set(progress.loaded));
        assert_eq!(response(request).await.body(), b"a body".repeat(10_000));
        assert_eq!((progress.get(), Rc::strong_count(&progress)), (60_000, 1));
        assert_eq!(stats().live, 0);
    });
}

/// A download is stored, found and forgotten; records, too.
fn the_cache(t: &Test) {
    let url = t.url("/bytes/1000");
    t.spawn(async move {
        let keyed = |mode| Request::get(url.as_str()).cache(mode).cache_key("awaited");
        response(Request::idb_delete("awaited")).await;
        let missed = response(keyed(CacheMode::OnlyIfCached)).await;
        assert_eq!(missed.outcome(), Outcome::CacheMiss);
        for expected in [CacheStatus::Stored, CacheStatus::Hit] {
            let found = response(keyed(CacheMode::ForceCache)).await;
            assert_eq!((found.cache_status(), found.body().len()), (expected, 1000));
        }
        let stored = response(Request::idb_store("awaited").body("a record")).await;
        assert_eq!(
            (stored.outcome(), stored.cache_status()),
            (Outcome::Success, CacheStatus::Stored)
        );
        assert_eq!(response(keyed(CacheMode::OnlyIfCached)).await.body(), b"a record");
        assert!(response(Request::idb_delete("awaited")).await.is_success());
        assert_eq!(stats().live, 0);
    });
}

/// Before the headers, and in the body.
fn timeouts_of_requests(t: &Test) {
    for (path, mode) in [
        ("/slow/20000", CacheMode::NoStore),
        ("/drip/1000/50", CacheMode::NoStore),
        ("/slow/20000", CacheMode::ForceCache),
    ] {
        let request = Request::get(t.url(path)).cache(mode).timeout(150 * MS);
        t.spawn(async {
            let late = response(request).await;
            assert_eq!((late.outcome(), late.status()), (Outcome::Timeout, 0));
            assert!(late.body().is_empty());
        });
    }
}

/// By a controller: in the lookup, before the headers, in the body and inside `on_progress`.
fn aborts(t: &Test) {
    let aborted = |request: Request, controller: &AbortController| {
        let request = request.signal(&controller.signal());
        async {
            assert_eq!(response(request).await.outcome(), Outcome::Aborted);
        }
    };
    let at_once = AbortController::new();
    for mode in [CacheMode::NoStore, CacheMode::ForceCache, CacheMode::OnlyIfCached] {
        // It has ended by then.
        if mode == CacheMode::OnlyIfCached && Difference::NoCache.is_here() {
            continue;
        }
        let request = Request::get(t.url("/slow/20000")).cache(mode);
        t.spawn(aborted(request, &at_once));
    }
    t.spawn(async move { at_once.abort() });

    let in_body = AbortController::new();
    t.spawn(aborted(Request::get(t.url("/drip/1000/50")), &in_body));
    t.spawn(async move {
        sleep(250 * MS).await;
        in_body.abort();
    });

    let in_progress = Rc::new(AbortController::new());
    let own = Rc::clone(&in_progress);
    let request = Request::get(t.url("/drip/1000/50")).on_progress(move |_| own.abort());
    t.spawn(aborted(request, &in_progress));
}

/// A request that cannot begin is an `Err`, and nothing is in flight.
fn errors_at_the_start(t: &Test) {
    let url = t.url("/empty");
    t.spawn(async move {
        let before = stats();
        let error = Request::get("http://exa mple/").await.expect_err("a space");
        assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
        let error = Request::get(url.as_str()).header("a b", "").await.expect_err("a space");
        assert!(matches!(error, StartError::InvalidHeaderName { .. }), "{error}");
        let controller = AbortController::new();
        controller.abort();
        let error = Request::get(url).signal(&controller.signal()).await.expect_err("aborted");
        assert_eq!((error, stats()), (StartError::Aborted, before));
    });
}

/// Each request depends on the one before.
fn a_sequence(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let before = stats();
        let mut length = 3;
        for _ in 0..3 {
            let found = response(Request::get(test.url(&format!("/bytes/{length}")))).await;
            assert_eq!((found.body().len(), stats().live), (length, 0));
            length = found.body().len() * 2;
        }
        let after = stats();
        assert_eq!((length, after.completed - before.completed), (24, 3));
    });
}

/// Their responses come in any order, and are not mixed up.
fn a_hundred_at_once(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let before = stats();
        let requests = (0..100_usize).map(|n| {
            let delay = n * 7 % 40;
            let path = if n % 2 == 0 { format!("/bytes/{n}") } else { format!("/slow/{delay}") };
            Request::get(test.url(&path)).into_future()
        });
        for (n, found) in join_all(requests).await.into_iter().enumerate() {
            let found = found.expect("it begins");
            assert!(found.is_success(), "{found:?}");
            if n % 2 == 0 {
                assert_eq!(found.body().len(), n);
            }
        }
        assert_eq!((stats().started - before.started, stats().live), (100, 0));
    });
}

/// It is aborted at once, and its progress is not reported any more.
fn the_loser_of_a_race(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        for path in ["/slow/20000", "/drip/1000/30"] {
            let drops = Drops::default();
            let is_lost = Rc::new(Cell::new(false));
            let (guard, lost) = (drops.guard(), Rc::clone(&is_lost));
            let slow = Request::get(test.url(path)).on_progress(move |_| {
                let _keep = &guard;
                assert!(!lost.get());
            });
            let quick = Request::get(test.url("/slow/100"));
            let race = select(slow.into_future(), quick.into_future()).await;
            let Either::Right((quick, slow)) = race else { panic!("the slow one wins") };
            assert!(quick.expect("it begins").is_success());
            assert_eq!((stats().live, drops.count()), (1, 0));
            is_lost.set(true);
            drop(slow);
            assert_eq!((stats().live, drops.count()), (0, 1));
        }
    });
}

/// `timeout` drops a future that is late, and hands through the output of one that is not.
fn limits(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let slow = Request::get(test.url("/slow/20000"));
        assert_eq!(timeout(50 * MS, slow).await.map(drop), Err(Elapsed));
        assert_eq!(stats().live, 0, "the request was aborted");
        for long in [Duration::from_secs(60), Duration::MAX] {
            let quick = timeout(long, Request::get(test.url("/bytes/8"))).await;
            assert_eq!(quick.expect("in time").expect("it begins").body().len(), 8);
        }
        // The future goes before the limit.
        assert_eq!(timeout(Duration::ZERO, async { 7 }).await, Ok(7));
        assert_eq!(timeout(Duration::ZERO, pending::<()>()).await, Err(Elapsed));
    });
}

/// By their times. A sleep that is dropped, or that never ends, holds nothing up.
fn sleeps_end_in_order(t: &Test) {
    let order: Rc<RefCell<Vec<u32>>> = Rc::default();
    for ms in [90, 0, 30, 60] {
        let order = Rc::clone(&order);
        let (begin, sleep) = (Instant::now(), sleep(ms * MS));
        t.spawn(async move {
            sleep.await;
            // Browsers round their clocks.
            assert!(begin.elapsed() + 5 * MS >= ms * MS);
            order.borrow_mut().push(ms);
        });
    }
    t.spawn(async {
        drop(sleep(Duration::MAX));
        let lost = select(sleep(Duration::MAX), sleep(MS)).await;
        assert!(matches!(lost, Either::Right(_)));
        let begin = Instant::now();
        for _ in 0..20 {
            sleep(2 * MS).await;
        }
        assert!(begin.elapsed() >= 30 * MS, "{:?}", begin.elapsed());
    });
    t.then(move |_| assert_eq!(*order.borrow(), [0, 30, 60, 90]));
}

/// Never inside `spawn_local`. Tasks begin in their order.
fn a_task_begins_later(t: &Test) {
    let begun: Rc<RefCell<Vec<u32>>> = Rc::default();
    for n in 0..3 {
        let begun = Rc::clone(&begun);
        t.spawn(async move { begun.borrow_mut().push(n) });
    }
    assert!(begun.borrow().is_empty());
    t.then(move |_| assert_eq!(*begun.borrow(), [0, 1, 2]));
}

/// A task goes on in the callback that ends its request: a timer that is due has to wait.
fn goes_on_in_the_terminal_callback(t: &Test) {
    let order: Rc<RefCell<Vec<&str>>> = Rc::default();
    let seen = Rc::clone(&order);
    // The handler of an aborted request is called by a timer of 0 ms.
    let other = t.send(Request::get(t.url("/slow/20000")), move |_, aborted| {
        assert_eq!(aborted.outcome(), Outcome::Aborted);
        seen.borrow_mut().push("timer");
    });
    // The callback of the progress is dropped in the terminal callback, before the task goes on.
    struct SetsTimer(fetch_runtime::Fetch, Rc<RefCell<Vec<&'static str>>>);
    impl Drop for SetsTimer {
        fn drop(&mut self) {
            self.1.borrow_mut().push("end");
            self.0.abort();
        }
    }
    let sets_timer = SetsTimer(other, Rc::clone(&order));
    let request = Request::get(t.url("/bytes/10")).on_progress(move |_| {
        let _keep = &sets_timer;
    });
    let seen = Rc::clone(&order);
    t.spawn(async move {
        response(request).await;
        seen.borrow_mut().push("task");
    });
    t.then(move |_| assert_eq!(*order.borrow(), ["end", "task", "timer"]));
}

/// Before its first turn, in a request, in a lookup, in a race, among many, and in a sleep.
fn an_aborted_task_drops_its_requests(t: &Test) {
    let drops = Drops::default();
    let slow = |path: &str| {
        let guard = drops.guard();
        let request = Request::get(t.url(path)).on_progress(move |_| {
            let _keep = &guard;
        });
        request.cache_key("of an aborted task")
    };
    let many = (0..20).map(|_| slow("/slow/20000").into_future()).collect::<Vec<_>>();
    let tasks: Vec<AbortHandle> = vec![
        spawn_local(async {
            unreachable!("it is aborted before");
        }),
        spawn_local(drop_response(slow("/slow/20000"))),
        spawn_local(drop_response(slow("/drip/1000/20"))),
        spawn_local(drop_response(slow("/slow/20000").cache(CacheMode::ForceCache))),
        spawn_local(async { drop(join_all(many).await) }),
        spawn_local({
            let race = (slow("/slow/20000").into_future(), slow("/drip/1000/20").into_future());
            async { drop(select(race.0, race.1).await) }
        }),
        spawn_local(async { sleep(Duration::MAX).await }),
        spawn_local(pending::<()>()),
    ];
    tasks[0].abort();
    let (requests, before) = (25, stats());
    t.spawn(async move {
        sleep(100 * MS).await;
        assert_eq!(stats().live, requests);
        for task in &tasks[1..] {
            assert!(!task.is_finished());
            task.abort();
            assert!(task.is_finished());
        }
        // A lookup ends before its request does, and a request before its parts are dropped.
        while stats().live > 0 || drops.count() < requests as usize {
            sleep(MS).await;
        }
        assert_eq!(drops.count(), requests as usize);
        let after = stats();
        assert_eq!(after.completed - before.completed, requests);
        assert_eq!(after.closed - before.closed, requests);
    });
}

async fn drop_response(request: Request) {
    drop(request.await);
}

/// A second abort and one after the end change nothing. A handle that is dropped lets its task run
/// on.
fn an_aborted_task_is_over(t: &Test) {
    let drops = Drops::default();
    let guard = drops.guard();
    let aborted = spawn_local(async move {
        pending::<()>().await;
        drop(guard);
    });
    aborted.abort();
    aborted.abort();
    assert!(aborted.is_finished());
    assert_eq!(drops.count(), 1);

    let ended = t.spawn(async {});
    let ran = Rc::new(Cell::new(false));
    let seen = Rc::clone(&ran);
    drop(t.spawn(async move { seen.set(true) }));
    assert!(!ended.is_finished());
    t.then(move |_| {
        assert!(ended.is_finished() && ran.get());
        ended.abort();
    });
}

/// It goes on to its next `await`, and no further.
fn a_task_aborts_itself(t: &Test) {
    let own: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
    let (handle, drops) = (Rc::clone(&own), Drops::default());
    let guard = drops.guard();
    let slow = Request::get(t.url("/slow/20000"));
    let seen = drops.clone();
    let over = t.expect();
    let task = spawn_local(async move {
        let _guard = guard;
        let task = handle.take().expect("it was spawned");
        task.abort();
        assert!(task.is_finished());
        assert_eq!(seen.count(), 0);
        over();
        drop_response(slow).await;
        unreachable!("it was aborted");
    });
    own.replace(Some(task));
    t.then(move |_| assert_eq!((drops.count(), stats().live), (1, 0)));
}

/// Through channels, a thousand times.
fn tasks_wake_one_another(t: &Test) {
    let (there, mut from_there) = mpsc::unbounded();
    let (back, mut from_back) = mpsc::unbounded();
    t.spawn(async move {
        for n in 0..1000 {
            there.unbounded_send(n).expect("the other task is there");
            assert_eq!(from_back.next().await, Some(n));
        }
    });
    t.spawn(async move {
        while let Some(n) = from_there.next().await {
            back.unbounded_send(n).expect("the other task is there");
        }
    });
    // A handler wakes a task, too.
    let (told, waits) = oneshot::channel();
    t.send(Request::get(t.url("/bytes/5")), move |_, found| {
        told.send(found.body().len()).expect("the task waits");
    });
    t.spawn(async move { assert_eq!(waits.await, Ok(5)) });
}

/// Handlers are called, and other tasks run, however long a task yields.
fn a_task_that_yields_starves_nothing(t: &Test) {
    let (by_handler, by_task) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let (handler, task) = (Rc::clone(&by_handler), Rc::clone(&by_task));
    t.spawn(async move {
        while !(by_handler.get() && by_task.get()) {
            yield_now().await;
        }
    });
    t.send(Request::get(t.url("/slow/30")), move |_, _| handler.set(true));
    let request = Request::get(t.url("/bytes/1"));
    t.spawn(async move {
        sleep(5 * MS).await;
        response(request).await;
        task.set(true);
    });
}

/// Its turn may come while it runs: natively never, on the web in a `poll` of its own.
fn a_task_that_is_woken_while_it_runs(t: &Test) {
    let mut is_first = true;
    t.spawn(poll_fn(move |context| {
        if !std::mem::replace(&mut is_first, false) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        fetch_runtime::poll();
        fetch_runtime::run();
        Poll::Pending
    }));
}

/// It was polled once. Its request goes on meanwhile, and so does everything else.
fn a_future_that_is_not_polled(t: &Test) {
    let test = t.clone();
    t.spawn(async move {
        let kept = Request::get(test.url("/bytes/77")).on_progress(|_| ());
        let mut kept = pin!(kept.into_future());
        let is_ready = poll_fn(|context| Poll::Ready(kept.as_mut().poll(context).is_ready())).await;
        assert!(!is_ready);
        let before = stats().completed;
        while stats().completed == before {
            sleep(5 * MS).await;
        }
        for _ in 0..3 {
            assert!(response(Request::get(test.url("/slow/20"))).await.is_success());
        }
        assert_eq!(kept.await.expect("it begins").body().len(), 77);
    });
}

/// The task that polled it last is the one that is woken.
fn a_future_moves_to_another_task(t: &Test) {
    let (send, receive) = oneshot::channel();
    let request = Request::get(t.url("/slow/50"));
    t.spawn(async move {
        let mut future = Box::pin(request.into_future());
        let is_ready =
            poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        assert!(!is_ready);
        assert!(send.send(future).is_ok());
    });
    t.spawn(async move {
        let future = receive.await.expect("it was sent");
        let (found, ()) = join(future, yield_now()).await;
        assert!(found.expect("it begins").is_success());
    });
}

/// A `LocalPool` that a callback runs whenever it can.
fn an_executor_of_another_crate(t: &Test) {
    let pool = LocalPool::new();
    let drops = Drops::default();
    for (path, guard) in [("/bytes/9", drops.guard()), ("/slow/60", drops.guard())] {
        let request = Request::get(t.url(path));
        let task = async move {
            assert!(response(request).await.is_success());
            sleep(5 * MS).await;
            drop(guard);
        };
        pool.spawner().spawn_local(task).expect("the pool is there");
    }
    run_until_stalled(t, pool, drops);
}

/// A `LocalSet` of tokio is a future, which a task of ours runs.
fn a_local_set_of_tokio(t: &Test) {
    let drops = Drops::default();
    let set = LocalSet::new();
    for (path, guard) in [("/bytes/9", drops.guard()), ("/slow/60", drops.guard())] {
        let request = Request::get(t.url(path));
        set.spawn_local(async move {
            assert!(response(request).await.is_success());
            sleep(5 * MS).await;
            drop(guard);
        });
    }
    t.spawn(async move {
        set.await;
        assert_eq!(drops.count(), 2);
        assert_eq!(stats().live, 0);
    });
}

fn run_until_stalled(t: &Test, mut pool: LocalPool, drops: Drops) {
    pool.run_until_stalled();
    if drops.count() < 2 {
        t.then_first(move |t| run_until_stalled(t, pool, drops));
    } else {
        assert_eq!(stats().live, 0);
    }
}

//! Awaited requests under executors that other crates bring, against the real server. Nothing calls
//! `run` or `poll`.

mod cost;
mod drops;
mod panics;
mod threads;
mod turns;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, CacheStatus, Outcome, Request, fetch, native, sleep, stats,
};
use futures_channel::oneshot;
use futures_util::future::{join, join_all, select};
use futures_util::task::LocalSpawnExt;

use crate::server;

/// Makes a test of each executor.
macro_rules! under_each_executor {
    ($($name:ident $body:expr;)*) => {
        $(
            mod $name {
                #[test]
                fn tokio_local_set() {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    tokio::task::LocalSet::new().block_on(&runtime, super::checked($body));
                }

                #[test]
                fn tokio_block_on() {
                    let runtime = tokio::runtime::Builder::new_multi_thread()
                        .worker_threads(1)
                        .build()
                        .unwrap();
                    runtime.block_on(super::checked($body));
                }

                #[test]
                fn smols_local_executor() {
                    let executor = async_executor::LocalExecutor::new();
                    futures_executor::block_on(executor.run(super::checked($body)));
                }

                #[test]
                fn futures_local_pool() {
                    let mut pool = futures_executor::LocalPool::new();
                    pool.run_until(super::checked($body));
                }

                #[test]
                fn pollster() {
                    pollster::block_on(super::checked($body));
                }

                #[test]
                fn our_own_block_on() {
                    fetch_runtime::block_on(super::checked($body)).unwrap();
                }

                #[test]
                fn our_own_task() {
                    let task = fetch_runtime::spawn_local(super::checked($body));
                    fetch_runtime::run();
                    assert!(task.is_finished());
                }
            }
        )*
    };
}

under_each_executor! {
    every_end super::every_end();
    a_thousand_at_once super::a_thousand_at_once();
    dropped_futures super::dropped_futures();
    many_sleeps super::many_sleeps();
    another_thread_wakes super::another_thread_wakes();
    a_future_that_is_kept super::a_future_that_is_kept();
    a_future_that_yields super::a_future_that_yields();
    waits_without_work super::cost::waits_without_work();
}

/// A folder for the cache, and a check that nothing is left.
async fn checked(test: impl Future<Output = ()>) {
    let folder = tempfile::tempdir().unwrap();
    native::set_cache_dir(folder.path());
    test.await;
    assert_eq!(stats().live, 0);
}

fn url(path: &str) -> String {
    server().url(path)
}

/// A success, an error page, the cache, a timeout, an abort, a stream, an error at the start.
async fn every_end() {
    let response = Request::get(url("/bytes/1000")).await.unwrap();
    assert_eq!((response.outcome(), response.body().len()), (Outcome::Success, 1000));
    let error = Request::get(url("/status/404")).await.unwrap().into_result().unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::HttpError, 404));
    for expected in [CacheStatus::Stored, CacheStatus::Hit] {
        let request = Request::get(url("/bytes/1000")).cache(CacheMode::ForceCache);
        let response = request.timeout(Duration::from_secs(60)).await.unwrap();
        assert_eq!((response.cache_status(), response.body().len()), (expected, 1000));
    }
    let late = Request::get(url("/slow/20000")).timeout(Duration::from_millis(20)).await.unwrap();
    assert_eq!(late.outcome(), Outcome::Timeout);
    let late = Request::get(url("/slow/20000"))
        .cache(CacheMode::ForceCache)
        .timeout(Duration::from_millis(20));
    assert_eq!(late.await.unwrap().outcome(), Outcome::Timeout);

    let controller = AbortController::new();
    let aborted = Request::get(url("/slow/20000")).signal(&controller).into_future();
    let abort = async {
        fetch_runtime::sleep(Duration::from_millis(5)).await;
        controller.abort();
    };
    let (aborted, ()) = join(aborted, abort).await;
    assert_eq!(aborted.unwrap().outcome(), Outcome::Aborted);

    let bytes = Rc::new(RefCell::new(0));
    let sum = Rc::clone(&bytes);
    let stream = Request::get(url("/bytes/100000"))
        .on_chunk(move |chunk: fetch_runtime::Chunk| *sum.borrow_mut() += chunk.len());
    assert!(stream.await.unwrap().is_success());
    assert_eq!(*bytes.borrow(), 100_000);

    Request::get("http://exa mple/").await.unwrap_err();
}

async fn a_thousand_at_once() {
    let requests = (0..1000).map(|_| Request::get(url("/bytes/10")).into_future());
    for response in join_all(requests).await {
        assert_eq!(response.unwrap().body().len(), 10);
    }
}

/// The loser of a race is dropped at another moment each time.
async fn dropped_futures() {
    for ms in 0..20 {
        let request = Request::get(url("/drip/50/1000"))
            .cache(CacheMode::ForceCache)
            .on_progress(|_| ())
            .into_future();
        drop(select(request, fetch_runtime::sleep(Duration::from_millis(ms))).await);
    }
    // A lookup ends before its request does, and the request is over a turn later.
    while stats().completed < stats().started {
        fetch_runtime::sleep(Duration::from_millis(1)).await;
    }
}

/// Alarms wake the executor, one after the other: none is lost while another one rings.
async fn many_sleeps() {
    for _ in 0..300 {
        join(sleep(Duration::from_millis(1)), sleep(Duration::from_millis(2))).await;
    }
}

/// A foreign waker, and a request that the same task awaits.
async fn another_thread_wakes() {
    for _ in 0..10 {
        let (send, receive) = oneshot::channel();
        let thread = std::thread::spawn(move || send.send(()));
        let slow = Request::get(url("/slow/20000")).into_future();
        drop(select(slow, receive).await);
        thread.join().unwrap().unwrap();
        assert_eq!(stats().live, 0);
    }
}

/// It is polled once, and then kept. What arrives for it wakes a task that does not poll it.
async fn a_future_that_is_kept() {
    let mut kept = pin!(Request::get(url("/drip/10/5")).into_future());
    let first = poll_fn(|context| Poll::Ready(kept.as_mut().poll(context))).await;
    assert!(first.is_pending());
    for _ in 0..5 {
        assert!(Request::get(url("/slow/20")).await.unwrap().is_success());
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(kept.await.unwrap().body().len(), 10_000);
}

/// A future that wakes itself does not keep handlers from being called.
async fn a_future_that_yields() {
    let called = Rc::new(Cell::new(false));
    let seen = Rc::clone(&called);
    fetch!(GET url("/slow/20") => move |_| seen.set(true)).unwrap();
    // As long as it is in flight, its polls let the event loop turn.
    let mut slow = pin!(Request::get(url("/slow/20000")).into_future());
    poll_fn(|context| {
        context.waker().wake_by_ref();
        assert!(slow.as_mut().poll(context).is_pending());
        if called.get() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Inside a callback of our loop, a pool polls a future; the loop ends while there is still to be
/// done. The pool is woken.
#[test]
fn a_pool_that_ran_inside_the_loop() {
    let controller = Rc::new(AbortController::new());
    let is_over = Rc::new(Cell::new(false));
    let pool = futures_executor::LocalPool::new();
    let request = Request::get(url("/slow/20000")).signal(&*controller);
    let over = Rc::clone(&is_over);
    let task = async move {
        assert_eq!(request.await.unwrap().outcome(), Outcome::Aborted);
        over.set(true);
    };
    pool.spawner().spawn_local(task).unwrap();
    let pool = Rc::new(RefCell::new(pool));
    let inside = Rc::clone(&pool);
    let was_called = Rc::new(Cell::new(false));
    let called = Rc::clone(&was_called);
    let handler = move |_| {
        inside.borrow_mut().run_until_stalled();
        controller.abort();
        called.set(true);
    };
    Request::get(url("/empty")).send_fn(handler).unwrap();
    while !was_called.get() {
        fetch_runtime::poll();
    }
    // The end of the aborted request is queued, and nothing else turns the loop.
    for _ in 0..10 {
        pool.borrow_mut().try_run_one();
    }
    assert!(is_over.get());
    assert_eq!(stats().live, 0);
}

//! Futures that block their thread. On the web that is a worker; with JSPI, it is the page's.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use fetch_runtime::{
    CacheMode, CacheStatus, Elapsed, Outcome, Request, StartError, block_on, fetch, sleep,
    spawn_local, stats, timeout,
};
use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;

use super::awaiting::yield_now;
use crate::scenario::{Test, event_loop_turns};

scenarios! { $ for_each_block_on_scenario:
    requests
    many_in_one_future
    times
    a_sleep_outlives_the_wait
    tasks_run_meanwhile
    another_thread_wakes_it
    inside_a_task_and_a_handler
    inside_itself
    a_task_that_is_woken_while_it_blocks
    a_panic_ends_the_wait
    on_a_thread_of_its_own
    a_waker_that_outlives_its_thread
}

const MS: Duration = Duration::from_millis(1);

/// Every end, and an error at the start.
fn requests(t: &Test) {
    let before = stats();
    let found =
        block_on(fetch!(GET t.url("/bytes/1000"))).expect("it may wait").expect("it begins");
    assert_eq!(
        (found.outcome(), found.status(), found.body().len()),
        (Outcome::Success, 200, 1000)
    );
    let ends = block_on(async {
        let missing = Request::get(t.url("/status/404")).await?;
        let broken = Request::get(t.url("/reset/1000")).await?;
        let late = Request::get(t.url("/slow/20000")).timeout(50 * MS).await?;
        Ok::<_, StartError>([missing.outcome(), broken.outcome(), late.outcome()])
    });
    let expected = [Outcome::HttpError, Outcome::NetworkError, Outcome::Timeout];
    assert_eq!(ends.expect("it may wait").expect("they begin"), expected);
    let after = stats();
    assert_eq!((after.completed - before.completed, after.live), (4, before.live));

    let error = block_on(Request::get("http://a b/")).expect("it may wait").expect_err("a space");
    assert!(matches!(error, StartError::InvalidUrl { .. }), "{error}");
    // A blocked thread of the web cannot ask the cache.
    let stores = Request::get(t.url("/bytes/7")).cache(CacheMode::Reload);
    let stored = block_on(stores).expect("it may wait");
    if !event_loop_turns() {
        let error = stored.expect_err("it uses the cache");
        assert!(matches!(error, StartError::BlockingNotAllowed { .. }), "{error}");
    } else {
        assert_eq!(stored.expect("it begins").cache_status(), CacheStatus::Stored);
    }
}

/// On the web they are sent one after the other.
fn many_in_one_future(t: &Test) {
    let requests = (0..100).map(|n| Request::get(t.url(&format!("/bytes/{n}"))).into_future());
    let all = block_on(join_all(requests)).expect("it may wait");
    for (n, found) in all.into_iter().enumerate() {
        assert_eq!(found.expect("it begins").body().len(), n);
    }
    assert_eq!(stats().live, 0);
}

/// `sleep` sleeps, and `timeout` limits.
fn times(_: &Test) {
    let begin = Instant::now();
    block_on(async {
        sleep(30 * MS).await;
        sleep(30 * MS).await;
    })
    .expect("it may wait");
    assert!(begin.elapsed() + 5 * MS >= 60 * MS);
    let late = block_on(timeout(20 * MS, std::future::pending::<()>()));
    assert_eq!(late.expect("it may wait"), Err(Elapsed));
    for long in [Duration::from_secs(3600), Duration::MAX] {
        let in_time = block_on(timeout(long, yield_now()));
        assert_eq!(in_time.expect("it may wait"), Ok(()));
    }
    // A sleep does not hold up what else the future waits for.
    let order = Rc::new(RefCell::new(Vec::new()));
    let later = |ms: u32| {
        let order = Rc::clone(&order);
        async move {
            sleep(ms * MS).await;
            order.borrow_mut().push(ms);
        }
    };
    // It polls the futures in the order in which they are woken.
    let sleeps = FuturesUnordered::from_iter([60, 20, 40].map(later));
    block_on(sleeps.collect::<()>()).expect("it may wait");
    assert_eq!(*order.borrow(), [20, 40, 60]);
}

/// A task that has begun to sleep while the thread waited goes on after that.
fn a_sleep_outlives_the_wait(t: &Test) {
    t.spawn(async {
        sleep(50 * MS).await;
        sleep(10 * MS).await;
    });
    block_on(async {
        yield_now().await;
        sleep(MS).await;
    })
    .expect("it may wait");
}

/// The future may wait for tasks of its thread, which make requests.
fn tasks_run_meanwhile(t: &Test) {
    let (send, receive) = oneshot::channel();
    let request = Request::get(t.url("/bytes/42"));
    t.spawn(async move {
        yield_now().await;
        let found = request.await.expect("it begins");
        send.send(found.body().len()).expect("it waits");
    });
    assert_eq!(block_on(receive).expect("it may wait"), Ok(42));
}

/// The thread sleeps until then.
fn another_thread_wakes_it(_: &Test) {
    let (send, receive) = oneshot::channel();
    let thread = thread::spawn(move || {
        thread::sleep(50 * MS);
        send.send(7)
    });
    let received = block_on(timeout(Duration::from_secs(3600), receive));
    assert_eq!(received.expect("it may wait"), Ok(Ok(7)));
    thread.join().expect("no panic").expect("it waited");
}

/// Where the event loop turns, it is running already. A worker of the web is blocked.
fn inside_a_task_and_a_handler(t: &Test) {
    fn try_it(url: String) {
        let found = block_on(Request::get(url));
        if event_loop_turns() {
            assert_eq!(found.expect_err("it may not wait"), StartError::WouldBlock);
        } else {
            assert_eq!(found.expect("it may wait").expect("it begins").body().len(), 11);
        }
    }
    let url = t.url("/bytes/11");
    t.send(Request::get(t.url("/bytes/10")), move |_, found| {
        assert!(found.is_success());
        try_it(url);
    });
    let url = t.url("/bytes/11");
    t.spawn(async { try_it(url) });
}

/// On the web, it is the same stack, which can wait.
fn inside_itself(t: &Test) {
    let request = Request::get(t.url("/bytes/11"));
    let found = block_on(async { block_on(request) }).expect("it may wait");
    if cfg!(target_os = "emscripten") {
        assert_eq!(found.expect("it may wait").expect("it begins").body().len(), 11);
    } else {
        assert_eq!(found.expect_err("it may not wait"), StartError::WouldBlock);
    }
}

/// Its turn comes while it blocks. It must come again.
fn a_task_that_is_woken_while_it_blocks(t: &Test) {
    let mut is_first = true;
    t.spawn(poll_fn(move |context| {
        if !std::mem::replace(&mut is_first, false) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        let _ = block_on(yield_now());
        Poll::Pending
    }));
}

/// After it, requests are asynchronous again, and the thread can wait again.
fn a_panic_ends_the_wait(t: &Test) {
    struct Thrown;
    // No panic hook runs.
    let throws = || block_on(async { resume_unwind(Box::new(Thrown)) });
    let payload = catch_unwind(AssertUnwindSafe(throws)).map(|_: Result<(), _>| ()).unwrap_err();
    assert!(payload.is::<Thrown>());
    let has_ended = Rc::new(Cell::new(false));
    let seen = Rc::clone(&has_ended);
    // A blocked thread could not send it.
    let request = Request::get(t.url("/bytes/12")).on_progress(|_| ());
    t.spawn(async move {
        assert!(request.await.expect("it begins").is_success());
        seen.set(true);
    });
    assert!(!has_ended.get());
    t.then(move |t| {
        assert!(has_ended.get());
        let found = block_on(Request::get(t.url("/bytes/13"))).expect("it may wait");
        assert_eq!(found.expect("it begins").body().len(), 13);
    });
}

/// Such a thread needs no event loop.
fn on_a_thread_of_its_own(t: &Test) {
    let url = t.url("/bytes/77");
    let thread = thread::spawn(move || {
        let lengths = block_on(async {
            let mut lengths = [0; 3];
            for length in &mut lengths {
                *length = Request::get(url.as_str()).await?.body().len();
            }
            Ok::<_, StartError>(lengths)
        });
        (lengths, stats())
    });
    let (lengths, stats) = thread.join().expect("no panic");
    assert_eq!(lengths, Ok(Ok([77; 3])));
    assert_eq!((stats.started, stats.completed, stats.closed, stats.live), (3, 3, 3, 0));
}

/// It wakes no task, and does no harm.
fn a_waker_that_outlives_its_thread(_: &Test) {
    for _ in 0..20 {
        let (send, receive) = mpsc::channel::<Waker>();
        let thread = thread::spawn(move || {
            let task = spawn_local(poll_fn(move |context| {
                send.send(context.waker().clone()).expect("it is received");
                Poll::<()>::Pending
            }));
            // The task's first turn.
            fetch_runtime::poll();
            task.abort();
        });
        let waker = receive.recv().expect("the task was polled");
        thread.join().expect("no panic");
        waker.wake_by_ref();
        waker.wake();
    }
}

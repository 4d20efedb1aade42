//! The costs of an await: processor time while it waits, and allocations.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{Request, Response, run, sleep};
use futures_util::future::join;

use crate::alloc;
use crate::backend::{child, stdout_of};
use crate::server;

/// The processor time of this thread.
#[cfg(unix)]
#[allow(unsafe_code)]
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: there is room for the time.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(unix))]
fn processor_time() -> Duration {
    Duration::ZERO
}

/// The thread sleeps while the server and a timer take their time.
pub(super) async fn waits_without_work() {
    let url = server().url("/slow/600");
    // The first request of a thread makes connections and threads.
    assert!(Request::get(server().url("/empty")).await.unwrap().is_success());
    let before = processor_time();
    let (slow, ()) = join(Request::get(url).into_future(), sleep(Duration::from_millis(300))).await;
    let time = processor_time() - before;
    assert!(slow.unwrap().is_success());
    assert!(time < Duration::from_millis(200), "{time:?}");
}

/// All threads of the process, those of the backend, too.
#[cfg(unix)]
#[test]
fn the_whole_process_waits_without_work() {
    for executor in ["block_on", "run", "local-pool"] {
        let ms = stdout_of(&mut child(&["await-slowly", executor, &server().url("/slow/600")]));
        let ms: u64 = ms.trim().parse().expect("milliseconds");
        assert!(ms < 250, "{executor}: {ms} ms of processor time");
    }
}

/// How many allocations this makes.
fn allocations(action: impl Fn()) -> usize {
    // The thread makes some of them once, as its tables grow.
    for _ in 0..10 {
        action();
    }
    let before = alloc::made();
    action();
    alloc::made() - before
}

/// In the place of the handler's box there is the task's.
#[test]
fn an_await_allocates_no_more_than_a_callback() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).body("bytes"));
    let called = Cell::new(0);
    let five = 5;
    let by_callback = allocations(|| {
        let handler = move |response: Response| assert_eq!(response.body().len(), five);
        Request::get("/x").send_fn(handler).unwrap();
        run();
    });
    let awaited = allocations(|| {
        let mut context = Context::from_waker(Waker::noop());
        let mut future = pin!(Request::get("/x").into_future());
        assert!(future.as_mut().poll(&mut context).is_pending());
        run();
        let Poll::Ready(response) = future.as_mut().poll(&mut context) else { unreachable!() };
        assert_eq!(response.unwrap().body().len(), 5);
        called.set(called.get() + 1);
    });
    println!("by callback {by_callback}, awaited {awaited}");
    assert_eq!(called.get(), 11);
    assert!(awaited <= by_callback + 1, "by callback {by_callback}, awaited {awaited}");
}

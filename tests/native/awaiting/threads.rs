//! Awaited requests on many threads, at the ends of threads and in forked processes.

use std::thread;
use std::time::Duration;

use fetch_runtime::{Request, StartError, block_on, run, sleep, spawn_local, stats};
use futures_channel::oneshot;
use futures_executor::LocalPool;
use futures_util::future::{join_all, select};

use crate::backend::{child, stdout_of};
use crate::server;

/// Each with requests of its own, some of which are dropped, and an executor of its own.
#[test]
fn many_at_once() {
    async fn requests(base: String, number: u64) {
        for round in 0..5 {
            let all = (0..20).map(|n| Request::get(format!("{base}/bytes/{n}")).into_future());
            let all = join_all(all).await;
            assert!(all.into_iter().enumerate().all(|(n, found)| found.unwrap().body().len() == n));
            let slow = Request::get(format!("{base}/drip/100/3")).into_future();
            let ms = (number * 5 + round) % 20;
            drop(select(slow, sleep(Duration::from_millis(ms))).await);
            assert_eq!(stats().live, 0);
        }
    }
    let server = server();
    thread::scope(|scope| {
        for number in 0..9 {
            let base = server.url("");
            scope.spawn(move || match number % 3 {
                0 => block_on(requests(base, number)).unwrap(),
                1 => LocalPool::new().run_until(requests(base, number)),
                _ => {
                    let task = spawn_local(requests(base, number));
                    run();
                    assert!(task.is_finished());
                }
            });
        }
    });
}

/// In a process of its own, which a panic there would end.
#[test]
fn futures_that_are_dropped_at_the_end_of_a_thread() {
    let ended = stdout_of(&mut child(&["futures-at-the-end", "-", &server().url("")]));
    let gone = "gone: the request cannot be sent: the thread is ending, and the native backend \
        with it: start requests before\ngone: it may not wait\ngone: dropped\n";
    let there = "there: pending\nthere: waited: 200\nthere: dropped\n";
    assert_eq!(ended, format!("{gone}{there}task: dropped\n{there}"));
}

/// The child has none of its parent's threads: it awaits nothing, and does not hang.
#[cfg(unix)]
#[test]
fn an_executor_in_a_forked_child() {
    let both = stdout_of(&mut child(&["fork-awaiting", "-", &server().url("")]));
    let refused = "child: the request cannot be sent: this process was forked from one that had \
        started requests, whose threads it does not have: start a program by `exec`, or fork \
        before the first request\n";
    let child = format!("{refused}child: it may not wait\nchild: returns\n");
    assert_eq!(both, format!("{child}parent: the child's status is 0\nparent: 200\n"));
}

/// `run` waits for a task, although no request and no timer is there.
#[test]
fn run_waits_for_a_task_that_another_thread_wakes() {
    let (send, receive) = oneshot::channel();
    let task = spawn_local(async { assert_eq!(receive.await, Ok(7)) });
    let thread = thread::spawn(|| {
        thread::sleep(Duration::from_millis(50));
        send.send(7).expect("the task waits");
    });
    run();
    assert!(task.is_finished());
    thread.join().expect("no panic");
    run();
}

#[test]
fn no_wait_inside_a_wait() {
    let inner = block_on(async { block_on(async {}) });
    assert_eq!(inner, Ok(Err(StartError::WouldBlock)));
    // Another executor's wait is none of the thread's event loop.
    let inner = futures_executor::block_on(async { block_on(async { 7 }) });
    assert_eq!(inner, Ok(7));
}

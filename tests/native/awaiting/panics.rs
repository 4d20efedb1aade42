//! Tasks that panic or fail: contained as a handler is. All else goes on.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use fetch_runtime::{Request, Response, StartError, block_on, run, sleep, spawn_local, stats};
use fetch_shared::scenario::Drops;

use crate::panics::PanicsWhenDropped;
use crate::script::panic_of;
use crate::server;

async fn get(path: &str) -> Response {
    Request::get(server().url(path)).await.expect("it begins")
}

/// It comes out of `run`, once; then the others go on.
#[test]
fn a_panic_in_a_task() {
    let drops = Drops::default();
    let panics = |path: &'static str| {
        let guard = drops.guard();
        spawn_local(async move {
            let _guard = guard;
            let found = get(path).await;
            panic!("status {}", found.status());
        })
    };
    let tasks = [panics("/status/204"), panics("/status/404")];
    let other = spawn_local(async {
        assert!(get("/slow/50").await.is_success());
    });
    let mut messages = [(); 2].map(|()| panic_of(run));
    messages.sort();
    assert_eq!(messages, ["status 204", "status 404"]);
    run();
    assert!(tasks.iter().chain([&other]).all(fetch_runtime::AbortHandle::is_finished));
    assert_eq!((drops.count(), stats().live, stats().completed), (2, 0, 3));
    run();
}

/// An `Err` is reported as that of a handler.
#[test]
fn a_task_that_fails() {
    let task = spawn_local(async {
        get("/status/204").await;
        Err::<(), _>("it was 204")
    });
    spawn_local(async {
        Request::get("http://a b/").await?;
        Ok::<(), StartError>(())
    });
    let mut messages = [(); 2].map(|()| panic_of(run));
    messages.sort();
    assert!(messages[0].starts_with("the task failed: invalid URL"), "{messages:?}");
    assert_eq!(messages[1], "the task failed: it was 204");
    assert!(task.is_finished());
    run();
}

/// The panic of a drop inside `abort` comes out of the next `run`.
#[test]
fn a_panic_in_the_drop_of_an_aborted_task() {
    let guard = PanicsWhenDropped;
    let task = spawn_local(async move {
        let _guard = guard;
        pending::<()>().await;
    });
    task.abort();
    assert!(task.is_finished());
    assert_eq!(panic_of(run), "dropped");
    run();
}

/// `block_on` panics if a handler, a task or its future does. The thread can wait again after that.
#[test]
fn panics_come_out_of_block_on() {
    let url = server().url("/empty");
    Request::get(url.as_str()).send_fn(|_| panic!("a handler")).unwrap();
    assert_eq!(panic_of(|| drop(block_on(pending::<()>()))), "a handler");
    spawn_local(async { panic!("a task") });
    assert_eq!(panic_of(|| drop(block_on(pending::<()>()))), "a task");
    let future = async {
        get("/empty").await;
        panic!("a future");
    };
    assert_eq!(panic_of(|| drop(block_on(future))), "a future");
    assert_eq!(stats().live, 0);
    assert!(block_on(get("/empty")).unwrap().is_success());
}

/// A handler that panics in the turn of a future: the panic comes out of the future's poll, in any
/// executor. Its request is aborted.
#[test]
fn a_panic_in_the_turn_of_a_future() {
    Request::get(server().url("/empty")).send_fn(|_| panic!("a handler")).unwrap();
    let slow = async {
        get("/slow/20000").await;
    };
    let waits = AssertUnwindSafe(|| futures_executor::block_on(slow));
    let payload = catch_unwind(waits).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"a handler"));
    assert_eq!(stats().live, 0);
    futures_executor::block_on(sleep(Duration::from_millis(1)));
    run();
}

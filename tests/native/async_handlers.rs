//! Handlers that are an `async fn`, on the native backend: their panics, errors and order.

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fetch_runtime::native::script::{Answer, Script};
use fetch_runtime::{Response, block_on, fetch, fetch_handler, poll, run, sleep, stats};
use fetch_shared::scenario::{Dropped, Drops};

use crate::backend::child;
use crate::script::panic_of;
use crate::server;

type Log = Rc<RefCell<Vec<&'static str>>>;

#[fetch_handler]
async fn in_two_parts(_: Response, log: Log) {
    log.borrow_mut().push("first");
    // Only the next turn of the event loop goes on with it.
    sleep(Duration::ZERO).await;
    log.borrow_mut().push("last");
}

/// The first part belongs to the callback: a callback that is due already comes after it.
#[test]
fn the_first_part_is_not_put_off() {
    let script = Script::install();
    script.answer("GET", "/", Answer::new(200));
    let log = Log::default();
    fetch!(GET "/", context: Rc::clone(&log) => in_two_parts).unwrap();
    let other = Rc::clone(&log);
    fetch!(GET "/" => move |_| other.borrow_mut().push("other")).unwrap();
    run();
    assert_eq!(*log.borrow(), ["first", "other", "last"]);
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    Start,
    Sleep,
    Request,
}

#[fetch_handler]
async fn panics(_: Response, (at, _guard): (At, Dropped)) {
    match at {
        At::Start => {}
        At::Sleep => sleep(Duration::from_millis(1)).await,
        At::Request => drop(fetch!(GET server().url("/empty")).await),
    }
    panic!("on purpose");
}

/// Before the first `await`, and after a timer and a terminal callback.
#[test]
fn a_panic_comes_out_of_run_and_the_others_go_on() {
    let drops = Drops::default();
    for (count, at) in [At::Start, At::Sleep, At::Request].into_iter().enumerate() {
        let log = Log::default();
        let context = (at, drops.guard());
        fetch!(GET server().url("/empty"), context: context => panics).unwrap();
        fetch!(GET server().url("/empty"), context: Rc::clone(&log) => in_two_parts).unwrap();
        let payload = catch_unwind(run).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"on purpose"));
        assert_eq!(drops.count(), count + 1);
        run();
        assert_eq!((log.borrow().len(), stats().live), (2, 0));
    }
}

/// The panic hook has printed the message, and knows neither.
#[test]
fn a_panic_is_printed_with_the_handler_and_the_url() {
    let url = server().url("/empty?late");
    let output = child(&["panic-later", &url]).output().expect("the child starts");
    assert_eq!(output.status.code(), Some(101));
    let printed = String::from_utf8_lossy(&output.stderr);
    let name = "fetch_child::panics_later";
    let expected = format!("\nfetch handler `{name}` ({url}) panicked\n");
    assert!(printed.contains(&expected), "{printed}");
}

#[fetch_handler]
async fn fails(response: Response) -> Result<(), String> {
    sleep(Duration::from_millis(1)).await;
    Err(format!("it was {}", response.status()))
}

#[test]
fn an_error_is_reported_with_the_handler_and_the_url() {
    let url = server().url("/status/204");
    fetch!(GET &url => fails).unwrap();
    let message = panic_of(run);
    let name = "native::async_handlers::fails";
    assert_eq!(message, format!("fetch handler `{name}` ({url}) failed: it was 204"));
    assert_eq!(stats().live, 0);
}

#[fetch_handler]
async fn waits_for_ever(_: Response, (seen, _guard): (Arc<AtomicBool>, CountsDrops)) {
    let slow = fetch!(GET server().url("/slow/60000"));
    seen.store(true, Ordering::Relaxed);
    let _never_comes = slow.await;
}

/// Another thread reads the count.
struct CountsDrops(Arc<AtomicUsize>);

impl Drop for CountsDrops {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_task_is_dropped_at_the_end_of_its_thread() {
    let drops = Arc::new(AtomicUsize::new(0));
    let guard = CountsDrops(Arc::clone(&drops));
    let thread = std::thread::spawn(move || {
        let seen = Arc::new(AtomicBool::new(false));
        let context = (Arc::clone(&seen), guard);
        fetch!(GET server().url("/empty"), context: context => waits_for_ever).unwrap();
        while !seen.load(Ordering::Relaxed) {
            poll();
        }
    });
    thread.join().unwrap();
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

/// The task goes on as long as another future waits.
#[test]
fn another_executor_has_the_handler_go_on() {
    futures_executor::block_on(async {
        let log = Log::default();
        fetch!(GET server().url("/empty"), context: Rc::clone(&log) => in_two_parts).unwrap();
        while log.borrow().len() < 2 {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(*log.borrow(), ["first", "last"]);
    });
}

/// A unit test needs no request.
#[test]
fn a_handler_can_be_awaited() {
    let response = fetch!(GET "data:,hello").send_blocking().unwrap();
    assert_eq!(block_on(fails(response)).unwrap().unwrap_err(), "it was 200");
}

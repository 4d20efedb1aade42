//! JavaScript Promise Integration: `main` waits on the page's main thread, and its event loop turns
//! meanwhile.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{
    AbortController, CacheMode, CacheStatus, Outcome, Request, StartError, block_on, fetch,
    main_loop, sleep, spawn_local, stats, timeout,
};
use fetch_shared::heap;
use fetch_shared::pattern::is_pattern;
use fetch_shared::scenario::Test;
use futures_channel::oneshot;
use futures_util::future::join;

use crate::driver::{self, Run};
use crate::js;

/// On the stack of `main`.
pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![
        requests_overlap,
        with_the_cache,
        a_task_aborts_it,
        frames_go_by,
        handlers_may_panic_meanwhile,
        a_panic_in_the_future_aborts_its_request,
        callbacks_may_not_wait,
        below_a_frame_of_javascript,
        another_stack_may_not_wait_meanwhile,
        nothing_is_left
    ]
}

pub(crate) fn streams() -> Vec<(String, Run)> {
    tests![a_stream]
}

/// From the event loop, when `main` has returned.
pub(crate) fn after() -> Vec<(String, Run)> {
    tests![callbacks_may_not_wait_after_main, another_stack_may_wait_after_main]
}

const MS: Duration = Duration::from_millis(1);

fn requests_overlap(t: &Test) {
    let slow = || fetch!(GET t.url("/slow/300")).into_future();
    let three = join(join(slow(), slow()), slow());
    let (_, live) = block_on(join(three, async {
        sleep(MS).await;
        stats().live
    }))
    .expect("main may wait");
    assert_eq!((live, stats().live), (3, 0));
}

fn with_the_cache(t: &Test) {
    let url = t.url("/bytes/30");
    let [stored, loaded] = block_on(async {
        let stored = Request::get(url.as_str()).cache(CacheMode::Reload).await?;
        let loaded = Request::get(url.as_str()).cache(CacheMode::OnlyIfCached).await?;
        Ok::<_, StartError>([stored, loaded].map(|response| response.cache_status()))
    })
    .expect("main may wait")
    .expect("they begin");
    assert_eq!((stored, loaded), (CacheStatus::Stored, CacheStatus::Hit));
}

fn a_task_aborts_it(t: &Test) {
    let controller = AbortController::new();
    let signal = controller.signal();
    spawn_local(async move {
        sleep(20 * MS).await;
        controller.abort();
    });
    let request = Request::get(t.url("/slow/60000")).signal(&signal);
    let aborted = block_on(request).expect("main may wait").expect("it begins");
    assert_eq!(aborted.outcome(), Outcome::Aborted);

    let late = block_on(timeout(20 * MS, fetch!(GET t.url("/slow/60000"))));
    assert!(late.expect("main may wait").is_err());
    assert_eq!(stats().live, 0);
}

/// A loop that was started before goes on, and its frames may not wait.
fn frames_go_by(_: &Test) {
    let (send, receive) = oneshot::channel();
    let (mut frames, mut send) = (0, Some(send));
    main_loop(move || {
        frames += 1;
        if frames < 3 {
            return ControlFlow::Continue(());
        }
        let found = block_on(async {});
        send.take().expect("it ends then").send((frames, found)).expect("it waits");
        ControlFlow::Break(())
    });
    let received = block_on(receive).expect("main may wait");
    assert_eq!(received, Ok((3, Err(StartError::WouldBlock))));
}

/// Their stack is not that of `main`, which goes on.
fn handlers_may_panic_meanwhile(t: &Test) {
    driver::expect_panic();
    t.send(Request::get(t.url("/bytes/1")), |_, _| panic!("on purpose"));
    let found = block_on(fetch!(GET t.url("/slow/100"))).expect("main may wait");
    assert!(found.expect("it begins").is_success());
}

fn a_panic_in_the_future_aborts_its_request(t: &Test) {
    driver::expect_panic();
    let slow = fetch!(GET t.url("/slow/60000")).into_future();
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block_on(join(slow, async {
            sleep(20 * MS).await;
            assert_eq!(stats().live, 1);
            panic!("on purpose");
        }))
    }));
    assert!(panics.is_err());
    assert_eq!(stats().live, 0);
    block_on(sleep(MS)).expect("main may wait again");
}

/// Tries to wait in each way. Nothing begins.
fn would_block(url: &str) {
    let before = stats();
    let polled = Cell::new(false);
    assert_eq!(block_on(async { polled.set(true) }), Err(StartError::WouldBlock));
    assert_eq!(block_on(Request::get(url)).map(drop), Err(StartError::WouldBlock));
    assert_eq!(Request::get(url).send_blocking().map(drop), Err(StartError::WouldBlock));
    assert!(!polled.get());
    assert_eq!(stats(), before);
}

/// A handler, a task, a callback of progress, and a timer that this crate does not know.
fn callbacks_may_not_wait(t: &Test) {
    callbacks(t);
    // They are called while this waits.
    let waits = Request::get(t.url("/slow/200"));
    assert!(block_on(waits).expect("main may wait").expect("it begins").is_success());
}

fn callbacks_may_not_wait_after_main(t: &Test) {
    would_block(&t.url("/bytes/8"));
    callbacks(t);
}

thread_local! {
    static FOREIGN: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

fn callbacks(t: &Test) {
    let url = t.url("/bytes/9");
    let (in_handler, in_task, in_progress, in_timer) =
        (url.clone(), url.clone(), url.clone(), url.clone());
    let progress = Request::get(url).on_progress(move |_| would_block(&in_progress));
    t.send(progress, move |_, response| {
        assert!(response.is_success());
        would_block(&in_handler);
    });
    t.spawn(async move { would_block(&in_task) });
    let called = t.expect();
    FOREIGN.set(Some(Box::new(move || {
        would_block(&in_timer);
        called();
    })));
    js::later(foreign, 20);
}

/// Runs what is in `FOREIGN`.
extern "C-unwind" fn foreign(_: *mut c_void) {
    let function = FOREIGN.take().expect("it is called once");
    driver::contain(function);
}

/// The JS that calls `foreign`.
fn call_foreign(wrapper: &str) -> String {
    format!("{wrapper}(wasmTable.get({}))(0)", foreign as *const () as usize)
}

/// JS cannot be suspended, also if `main` has called it.
fn below_a_frame_of_javascript(t: &Test) {
    let url = t.url("/bytes/9");
    FOREIGN.set(Some(Box::new(move || would_block(&url))));
    js::run(&call_foreign(""));
    assert!(FOREIGN.take().is_none(), "it was called");
}

/// As an export of `-sJSPI_EXPORTS`. The memory of its C stack is below that of `main`, which would
/// go on first, and overwrite it.
fn another_stack_may_not_wait_meanwhile(t: &Test) {
    let url = t.url("/bytes/9");
    FOREIGN.set(Some(Box::new(move || would_block(&url))));
    js::run(&format!("setTimeout(() => {}, 20)", call_foreign("WebAssembly.promising")));
    block_on(sleep(100 * MS)).expect("main may wait");
    assert!(FOREIGN.take().is_none(), "it was called");
}

fn another_stack_may_wait_after_main(t: &Test) {
    let url = t.url("/bytes/10");
    let called = t.expect();
    FOREIGN.set(Some(Box::new(move || {
        // The C stack of a callback that runs meanwhile does not reach this array.
        let array = std::hint::black_box([7_u8; 1000]);
        let found = block_on(Request::get(url.as_str())).expect("this stack may wait");
        assert_eq!(found.expect("it begins").body().len(), 10);
        let found = Request::get(url).send_blocking().expect("it begins");
        assert_eq!(found.body().len(), 10);
        assert_eq!(std::hint::black_box(array), [7; 1000]);
        called();
    })));
    js::run(&call_foreign("WebAssembly.promising"));
}

/// Neither memory nor a reason for the runtime to stay alive.
fn nothing_is_left(t: &Test) {
    let url = t.url("/bytes/14");
    let count = || js::evaluate("String(runtimeKeepaliveCounter)");
    let before = count();
    let mut after_the_first = None;
    for _round in 0..50 {
        block_on(Request::get(url.as_str())).expect("main may wait").expect("it begins");
        Request::get(url.as_str()).send_blocking().expect("it begins");
        block_on(sleep(Duration::ZERO)).expect("main may wait");
        after_the_first.get_or_insert_with(heap::in_use);
    }
    assert_eq!((count(), stats().live), (before, 0));
    // malloc may round up by a few bytes; a leak in each round is more.
    let left = heap::in_use() - after_the_first.unwrap_or_default();
    assert!(left < 50, "{left} bytes are left");
}

fn a_stream(t: &Test) {
    let length = Rc::new(Cell::new(0));
    let count = Rc::clone(&length);
    block_on(async {
        let mut stream = Request::get(t.url("/stream/1000000")).stream().await?;
        assert_eq!(stream.status(), 200);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.expect("it does not break off");
            assert!(is_pattern(&chunk, count.get()));
            count.set(count.get() + chunk.len() as u64);
        }
        Ok::<_, StartError>(())
    })
    .expect("main may wait")
    .expect("it begins");
    assert_eq!(length.get(), 1_000_000);
}

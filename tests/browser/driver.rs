//! Runs scenarios one after the other. A page cannot wait, so a timer looks after them.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use fetch_runtime::{block_on, sleep, stats};
use fetch_shared::scenario::Test;
use fetch_shared::soak::{PLANNED, Planned};

use crate::js;

/// For one scenario.
const LIMIT: Duration = Duration::from_secs(180);

/// A scenario, or a cell of the matrix.
pub(crate) type Run = Box<dyn FnOnce(&Test)>;

struct Running {
    name: String,
    test: Test,
    started: Instant,
    /// While it is the scenario's turn to fail.
    reported: usize,
}

thread_local! {
    static QUEUE: RefCell<VecDeque<(String, Run)>> = const { RefCell::new(VecDeque::new()) };
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
    static PANICS: Cell<usize> = const { Cell::new(0) };
    static EXPECTED_PANICS: Cell<usize> = const { Cell::new(0) };
    static EXPECTED_ERRORS: Cell<usize> = const { Cell::new(0) };
    static PASSED: Cell<usize> = const { Cell::new(0) };
    static FAILED: Cell<usize> = const { Cell::new(0) };
}

/// A handler is going to panic, as the scenario wants it.
pub(crate) fn expect_panic() {
    EXPECTED_PANICS.set(EXPECTED_PANICS.get() + 1);
}

/// A handler is going to return an error, as the scenario wants it.
pub(crate) fn expect_error() {
    EXPECTED_ERRORS.set(EXPECTED_ERRORS.get() + 1);
}

/// Keeps the errors of failed handlers from the runner: the page's events, and Node's calls of
/// `reportError`. The panic hook counts the panics, and this counts the errors.
fn listen_for_errors() {
    js::run(&format!(
        "globalThis.handlerErrors = 0;
        const handlerFailed = (message) => {{
            if (!message.includes('fetch-runtime: ')) return false;
            const isError = /: (fetch handler `.*`|the task) .*failed: /.test(message);
            if (isError && !message.endsWith('{PLANNED}')) handlerErrors++;
            return true;
        }};
        if (globalThis.addEventListener) {{
            addEventListener('error', (event) => {{
                if (handlerFailed(event.message)) event.preventDefault();
            }});
        }} else {{
            const report = reportError;
            globalThis.reportError = (error) => {{
                if (!handlerFailed(String(error))) report(error);
            }};
        }}"
    ));
}

fn errors() -> usize {
    js::evaluate("handlerErrors").parse().expect("a number")
}

/// Catches a panic in a callback, as nothing may unwind into JS. It fails the scenario.
pub(crate) fn contain(call: impl FnOnce()) {
    // The hook has counted it.
    let _ = catch_unwind(AssertUnwindSafe(call));
}

/// Runs those whose names contain `filter`, and exits.
pub(crate) fn run(tests: Vec<(String, Run)>, filter: &str) {
    prepare(tests, filter);
    js::later(tick, 0);
}

/// Runs them on the stack of `main`, which waits in between. Then runs those of `after` from the
/// event loop, and exits.
pub(crate) fn run_in_main(tests: Vec<(String, Run)>, after: Vec<(String, Run)>, filter: &str) {
    prepare(tests, filter);
    while go_on() {
        block_on(sleep(Duration::from_millis(1))).expect("main may wait");
    }
    queue(after, filter);
    js::later(tick, 0);
}

fn prepare(tests: Vec<(String, Run)>, filter: &str) {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // The soak's own panics are planned.
        if info.payload().is::<Planned>() {
            return;
        }
        // On the web, a handler's panic shows nowhere else.
        PANICS.set(PANICS.get() + 1);
        if PANICS.get() > EXPECTED_PANICS.get() {
            print(info);
        }
    }));
    listen_for_errors();
    queue(tests, filter);
}

fn queue(tests: Vec<(String, Run)>, filter: &str) {
    QUEUE.set(tests.into_iter().filter(|(name, _)| name.contains(filter)).collect());
}

unsafe extern "C-unwind" fn tick(_: *mut c_void) {
    if go_on() {
        js::later(tick, 1);
    } else {
        finish();
    }
}

/// Returns whether there is more to do.
fn go_on() -> bool {
    let running = RUNNING.take();
    let next = match running {
        Some(running) => look_after(running),
        None => start_next(),
    };
    match next {
        Some(running) => RUNNING.set(Some(running)),
        None => return !QUEUE.with_borrow(VecDeque::is_empty),
    }
    true
}

fn start_next() -> Option<Running> {
    let (name, scenario) = QUEUE.with_borrow_mut(VecDeque::pop_front)?;
    // Not every host has a location. The runner names its server, too.
    let mut origin = js::evaluate("typeof location === 'object' ? location.origin : ''");
    if origin.is_empty() {
        origin = std::env::var("FETCH_TEST_ORIGIN").unwrap_or_default();
    }
    let test = Test::new(origin);
    PANICS.set(0);
    EXPECTED_PANICS.set(0);
    EXPECTED_ERRORS.set(0);
    js::run("handlerErrors = 0");
    let reported = catch_unwind(AssertUnwindSafe(|| scenario(&test))).is_err().into();
    Some(Running { name, test, started: Instant::now(), reported })
}

/// Goes on with a scenario, or ends it.
fn look_after(mut running: Running) -> Option<Running> {
    let late = running.started.elapsed() > LIMIT;
    if running.reported == 0 && !late && PANICS.get() <= EXPECTED_PANICS.get() {
        if running.test.is_pending() {
            return Some(running);
        }
        match catch_unwind(AssertUnwindSafe(|| running.test.step())) {
            Ok(true) => return Some(running),
            // The end of a body that was dropped in a callback needs a turn. A request that stays
            // is late in the end.
            Ok(false) if stats().live > 0 => return Some(running),
            Ok(false) => {}
            Err(_) => running.reported += 1,
        }
    }
    let stats = stats();
    let mut good = running.reported == 0 && !late && PANICS.get() == EXPECTED_PANICS.get();
    if late {
        eprintln!("{}: not over after {LIMIT:?}: {stats:?}", running.name);
    } else if good && errors() != EXPECTED_ERRORS.get() {
        eprintln!(
            "{}: {} errors of handlers, not {}",
            running.name,
            errors(),
            EXPECTED_ERRORS.get()
        );
        good = false;
    } else if good && (stats.live, stats.completed) != (0, stats.started) {
        eprintln!("{}: something is left: {stats:?}", running.name);
        good = false;
    }
    println!("test {} ... {}", running.name, if good { "ok" } else { "FAILED" });
    let count = if good { &PASSED } else { &FAILED };
    count.set(count.get() + 1);
    None
}

fn finish() {
    let (passed, failed) = (PASSED.get(), FAILED.get());
    println!("{passed} passed, {failed} failed");
    fetch_shared::ending::exit((failed > 0 || passed == 0).into());
}

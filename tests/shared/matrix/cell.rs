//! One cell: a request that ends in one way, and a handler that does one thing.

use std::cell::{Cell, RefCell};
use std::panic::panic_any;
use std::rc::Rc;

use fetch_runtime::{Chunk, Fetch, Response, stats};

use super::expectations::{Expectations, check};
use super::{At, Column, Kind, Platform, Row, from_c};
use crate::scenario::{Dropped, Test};

/// The message of a handler that panics.
pub const PANIC: &str = "the handler of a cell panics";

/// A handler's context: it owns the handle of the handler's own request.
pub(super) struct World {
    pub(super) handle: Rc<RefCell<Option<Fetch>>>,
    _guard: Dropped,
}

/// Starts the cell, and adds its steps to the test.
///
/// # Panics
/// If an assertion fails. Its handler and its steps panic, too.
pub fn start(t: &Test, row: &'static Row, column: Column, platform: Rc<dyn Platform>) {
    let expectations = Expectations::new(&platform);
    let other = (column == Column::AbortsAnother).then(|| expectations.start_another(t));
    let url = platform.prepare(row);
    let ends = row.abort.as_ref().map_or(row.ends, |abort| abort.ends);
    let handle: Rc<RefCell<Option<Fetch>>> = Rc::default();

    let mut request =
        if row.kind == Kind::Synchronous { platform.plain() } else { (row.request)(&url) };
    if row.kind == Kind::Download {
        request = request.on_progress(on_progress(row, &handle, expectations.closures.guard()));
    }
    if row.is_streamed() {
        request = request.on_chunk(on_chunk(row, &handle, &expectations));
    }
    let world =
        Rc::new(World { handle: Rc::clone(&handle), _guard: expectations.contexts.guard() });
    let started = Rc::new(Cell::new(false));
    let by_c = url.clone();
    let handler = {
        let (expectations, started) = (expectations.clone(), Rc::clone(&started));
        move |t: &Test, response: Response| {
            assert!(started.get(), "the handler runs before the start has returned");
            let response = if row.kind == Kind::Synchronous { wait(row, &url) } else { response };
            expectations.entered(row, &world, ends, &response);
            act(t, row, column, &expectations, (url, world, response, other));
        }
    };
    if row.kind == Kind::FromC {
        close_by_c(t, &platform, &by_c, &expectations, handler);
        started.set(true);
        t.then(move |_| expectations.ended(row, column, ends));
        return;
    }
    *handle.borrow_mut() = Some(t.send(request, handler));
    started.set(true);

    if let Some(abort) = &row.abort {
        match abort.at {
            At::Progress | At::Chunk => {}
            At::End => {
                let (handle, expectations) = (Rc::clone(&handle), expectations.clone());
                t.then(move |_| {
                    let before = stats();
                    abort_times(&handle, abort.times);
                    assert_eq!(stats(), before);
                    assert_eq!(expectations.calls.get(), 1);
                });
            }
            moment => {
                let action = move || {
                    assert!(!is_finished(&handle), "it is in flight");
                    abort_times(&handle, abort.times);
                    assert_eq!(
                        is_finished(&handle),
                        abort.at.ends_at_once(),
                        "closed too early, or too late"
                    );
                };
                platform.at(moment, Box::new(action));
            }
        }
    }
    t.then(move |_| expectations.ended(row, column, ends));
}

/// Starts the fetch as C code does, and closes it before the headers. The close ends it at once;
/// its handler is called later.
fn close_by_c(
    t: &Test,
    platform: &Rc<dyn Platform>,
    url: &str,
    expectations: &Expectations,
    handler: impl FnOnce(&Test, Response) + 'static,
) {
    let (test, called, expectations) = (t.clone(), t.expect(), expectations.clone());
    let fetch = from_c::start(
        url,
        Box::new(move |response| {
            called();
            handler(&test, response);
        }),
    );
    let close = move || {
        fetch.close();
        assert_eq!(expectations.calls.get(), 0, "the handler runs inside the close");
        expectations.check_structs(expectations.others.get());
    };
    platform.at(At::Headers, Box::new(close));
}

fn wait(row: &Row, url: &str) -> Response {
    (row.request)(url).send_blocking().expect("it begins")
}

/// C code has no handle.
pub(super) fn is_finished(handle: &RefCell<Option<Fetch>>) -> bool {
    handle.borrow().as_ref().is_none_or(Fetch::is_finished)
}

fn abort_times(handle: &RefCell<Option<Fetch>>, times: usize) {
    for _ in 0..times {
        if let Some(fetch) = &*handle.borrow() {
            fetch.abort();
        }
    }
}

/// Aborts the request in the rows that do so in `on_progress`.
fn on_progress(
    row: &'static Row,
    handle: &Rc<RefCell<Option<Fetch>>>,
    guard: Dropped,
) -> impl FnMut(fetch_runtime::Progress) + use<> {
    let handle = Rc::downgrade(handle);
    let mut is_first = true;
    move |_| {
        let _keep = &guard;
        let abort = row.abort.as_ref().filter(|abort| abort.at == At::Progress && is_first);
        if let (Some(abort), Some(handle)) = (abort, handle.upgrade()) {
            is_first = false;
            abort_times(&handle, abort.times);
            assert_eq!(is_finished(&handle), abort.at.ends_at_once(), "closed inside its callback");
        }
    }
}

/// Collects the chunks, and aborts the request in the rows that do so in `on_chunk`.
fn on_chunk(
    row: &'static Row,
    handle: &Rc<RefCell<Option<Fetch>>>,
    expectations: &Expectations,
) -> impl FnMut(Chunk) + use<> {
    let (handle, chunks, guard) =
        (Rc::downgrade(handle), Rc::clone(&expectations.chunks), expectations.closures.guard());
    move |chunk| {
        let _keep = &guard;
        assert_eq!(chunk.offset(), chunks.borrow().len() as u64, "nothing is missing before it");
        chunks.borrow_mut().extend_from_slice(&chunk);
        let abort = row.abort.as_ref().filter(|abort| abort.at == At::Chunk);
        if let (Some(abort), Some(handle)) = (abort, handle.upgrade()) {
            assert_eq!(*chunks.borrow(), chunk[..], "no other chunk comes after the abort");
            abort_times(&handle, abort.times);
            assert_eq!(is_finished(&handle), abort.at.ends_at_once(), "closed inside its callback");
        }
    }
}

/// The column's part of the handler, after all expectations of its first line have been met.
fn act(
    t: &Test,
    row: &'static Row,
    column: Column,
    expectations: &Expectations,
    (url, world, response, other): (String, Rc<World>, Response, Option<Fetch>),
) {
    match column {
        Column::Returns => {}
        Column::Panics => {
            expectations.platform.expect_panic();
            panic_any(PANIC);
        }
        Column::AbortsItself => {
            let before = stats();
            abort_times(&world.handle, 2);
            assert_eq!(stats(), before);
        }
        Column::AbortsAnother => {
            let other = other.expect("it was started");
            assert!(!other.is_finished());
            other.abort();
            assert!(other.is_finished());
            assert_eq!(stats().live, 0);
        }
        Column::StartsAgain if row.kind == Kind::Synchronous => {
            check(row.ends, &wait(row, &url));
            expectations.check_live(0);
        }
        Column::StartsAgain => {
            let expectations = expectations.clone();
            t.send((row.request)(&url), move |_, response| {
                check(row.ends, &response);
                expectations.check_live(0);
            });
        }
        Column::DropsTheLastOwner => {
            assert_eq!(Rc::strong_count(&world), 1);
            drop(world);
            assert_eq!(expectations.contexts.count(), 1);
        }
        Column::NeverReturns => {
            expectations.platform.never_return(Box::new((url, world, response, other)));
        }
    }
}

//! One cell: a request that ends in one way, and a handler that does one thing.

use std::cell::Cell;
use std::panic::panic_any;
use std::rc::{Rc, Weak};

use fetch_runtime::{Chunk, Fetch, Request, Response, stats};

use super::expectations::{Expectations, check};
use super::handle::{Handle, Means};
use super::request::body;
use super::{Abort, At, Column, Kind, Platform, Row, from_c, future};
use crate::scenario::{Dropped, Test};

/// The message of a handler that panics.
pub const PANIC: &str = "the handler of a cell panics";

/// A handler's context, or the state of a task: it owns the handle of its own request.
pub(super) struct World {
    pub(super) handle: Rc<Handle>,
    _guard: Dropped,
}

impl World {
    pub(super) fn new(handle: &Rc<Handle>, expectations: &Expectations) -> Self {
        Self { handle: Rc::clone(handle), _guard: expectations.contexts.guard() }
    }
}

/// Starts the cell, and adds its steps to the test.
///
/// # Panics
/// If an assertion fails. Its handler and its steps panic, too.
pub fn start(t: &Test, row: &'static Row, column: Column, platform: Rc<dyn Platform>) {
    assert!(row.has(column), "there is no such cell");
    match column {
        Column::Awaited if row.kind == Kind::Synchronous => {
            future::awaited_by_the_thread(t, row, platform);
        }
        Column::Awaited => future::awaited(t, row, platform),
        Column::FutureDropped => future::dropped(t, row, platform),
        _ => handled(t, row, column, platform),
    }
}

/// A cell with a handler.
fn handled(t: &Test, row: &'static Row, column: Column, platform: Rc<dyn Platform>) {
    let expectations = Expectations::new(&platform);
    let other = (column == Column::AbortsAnother).then(|| expectations.start_another(t));
    let url = platform.prepare(row, row.moment(column));
    let ends = row.ends_if_aborted();
    let handle: Rc<Handle> = Rc::default();

    let request = match row.kind {
        Kind::Synchronous => platform.plain(),
        _ => request(row, column, &url, &handle, &expectations),
    };
    let world = Rc::new(World::new(&handle, &expectations));
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
    *handle.means.borrow_mut() = Means::Fetch(t.send(request, handler));
    started.set(true);
    abort_later(t, row, &handle, &expectations);
    t.then(move |_| expectations.ended(row, column, ends));
}

/// The request of the row, with callbacks.
pub(super) fn request(
    row: &'static Row,
    column: Column,
    url: &str,
    handle: &Rc<Handle>,
    expectations: &Expectations,
) -> Request {
    let mut request = (row.request)(url);
    if row.kind == Kind::Download {
        request = request.on_progress(on_progress(row, column, handle, expectations));
    }
    if row.uploads {
        request = request.on_upload(on_upload(row, column, handle, expectations));
    }
    if row.is_streamed() {
        request = request.on_chunk(on_chunk(row, column, handle, expectations));
    }
    request
}

/// Aborts the request at the moment of the row's abort, unless one of its callbacks does.
pub(super) fn abort_later(
    t: &Test,
    row: &'static Row,
    handle: &Rc<Handle>,
    expectations: &Expectations,
) {
    let Some(Abort { at: moment, times, .. }) = row.abort else { return };
    let handle = Rc::clone(handle);
    match moment {
        At::Start | At::Upload | At::Progress | At::Chunk => {}
        At::End => {
            let expectations = expectations.clone();
            t.then_first(move |_| {
                let before = stats();
                handle.end(times);
                assert_eq!(stats(), before);
                assert_eq!(expectations.calls.get(), 1);
            });
        }
        moment => {
            let action = move || {
                assert!(!handle.is_finished(), "it is in flight");
                handle.end(times);
                let is_over = handle.is_finished();
                assert_eq!(is_over, moment.ends_at_once(), "closed too early, or too late");
            };
            expectations.platform.at(moment, Box::new(action));
        }
    }
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

/// Ends the request if the program does so in `on_progress`.
fn on_progress(
    row: &'static Row,
    column: Column,
    handle: &Rc<Handle>,
    expectations: &Expectations,
) -> impl FnMut(fetch_runtime::Progress) + use<> {
    let (handle, guard) = (Rc::downgrade(handle), expectations.closures.guard());
    move |_| {
        let _keep = &guard;
        end_in(At::Progress, row, column, &handle);
    }
}

/// Ends the request if the program does so in `on_upload`.
fn on_upload(
    row: &'static Row,
    column: Column,
    handle: &Rc<Handle>,
    expectations: &Expectations,
) -> impl FnMut(fetch_runtime::Progress) + use<> {
    let (handle, guard) = (Rc::downgrade(handle), expectations.closures.guard());
    let is_over = Rc::clone(&expectations.calls);
    move |progress| {
        let _keep = &guard;
        assert_eq!(is_over.get(), 0, "no report comes after the end");
        assert_eq!(progress.total, Some(body().len() as u64));
        end_in(At::Upload, row, column, &handle);
    }
}

/// Collects the chunks, and ends the request if the program does so in `on_chunk`.
fn on_chunk(
    row: &'static Row,
    column: Column,
    handle: &Rc<Handle>,
    expectations: &Expectations,
) -> impl FnMut(Chunk) + use<> {
    let (handle, chunks, guard) =
        (Rc::downgrade(handle), Rc::clone(&expectations.chunks), expectations.closures.guard());
    move |chunk| {
        let _keep = &guard;
        assert_eq!(chunk.offset(), chunks.borrow().len() as u64, "nothing is missing before it");
        chunks.borrow_mut().extend_from_slice(&chunk);
        end_in(At::Chunk, row, column, &handle);
    }
}

/// Ends the request inside this callback, if it is the moment for that.
fn end_in(callback: At, row: &Row, column: Column, handle: &Weak<Handle>) {
    let handle = handle.upgrade().expect("no callback comes after the end");
    assert!(!handle.has_ended_it(), "no callback comes after the program has ended the request");
    if row.moment(column) == Some(callback) {
        handle.end(row.abort.map_or(1, |abort| abort.times));
        let is_over = handle.is_finished();
        assert_eq!(is_over, callback.ends_at_once(), "closed inside its callback");
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
            world.handle.end(2);
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
        Column::Awaited | Column::FutureDropped => unreachable!("it has no handler"),
    }
}

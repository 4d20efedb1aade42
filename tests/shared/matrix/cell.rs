//! One cell: a request that ends in one way, and a handler that does one thing.

use std::cell::{Cell, RefCell};
use std::panic::panic_any;
use std::rc::Rc;

use fetch_runtime::{Chunk, Fetch, Outcome, Response, Stats, stats};

use super::{At, Column, Ends, Kind, Platform, Row, from_c};
use crate::scenario::{Dropped, Drops, Test};

/// What a handler that panics says.
pub const PANIC: &str = "the handler of a cell panics";

/// What has to be the same on each path, whatever the handler does.
#[derive(Clone)]
struct Ledger {
    stage: Rc<dyn Platform>,
    before: Stats,
    calls: Rc<Cell<usize>>,
    /// What the handler owns.
    contexts: Drops,
    /// What `on_progress` and `on_chunk` own.
    closures: Drops,
    /// What `on_chunk` was given.
    chunks: Rc<RefCell<Vec<u8>>>,
    /// Requests but the one that the cell is about.
    others: Rc<Cell<u64>>,
}

/// What a handler works on: it owns its own request's handle.
struct World {
    handle: Rc<RefCell<Option<Fetch>>>,
    _guard: Dropped,
}

/// Starts the cell; the rest is its steps.
///
/// # Panics
/// If something is not as it must be; also in the handler, and in the steps.
pub fn start(t: &Test, row: &'static Row, column: Column, stage: Rc<dyn Platform>) {
    let ledger = Ledger {
        stage: Rc::clone(&stage),
        before: stats(),
        calls: Rc::default(),
        contexts: Drops::default(),
        closures: Drops::default(),
        chunks: Rc::default(),
        others: Rc::default(),
    };
    let other = (column == Column::AbortsAnother).then(|| ledger.start_another(t));
    let url = stage.prepare(row);
    let ends = row.abort.as_ref().map_or(row.ends, |abort| abort.ends);
    let handle: Rc<RefCell<Option<Fetch>>> = Rc::default();

    let mut request =
        if row.kind == Kind::Synchronous { stage.plain() } else { (row.request)(&url) };
    if row.kind == Kind::Download {
        request = request.on_progress(on_progress(row, &handle, ledger.closures.guard()));
    }
    if row.chunks.is_some() {
        request = request.on_chunk(on_chunk(row, &handle, &ledger));
    }
    let world = Rc::new(World { handle: Rc::clone(&handle), _guard: ledger.contexts.guard() });
    let started = Rc::new(Cell::new(false));
    let by_c = url.clone();
    let handler = {
        let (ledger, started) = (ledger.clone(), Rc::clone(&started));
        move |t: &Test, response: Response| {
            assert!(started.get(), "the handler runs before the start has returned");
            let response = if row.kind == Kind::Synchronous { wait(row, &url) } else { response };
            ledger.entered(row, &world, ends, &response);
            act(t, row, column, &ledger, (url, world, response, other));
        }
    };
    if row.kind == Kind::FromC {
        close_by_c(t, &stage, &by_c, &ledger, handler);
        started.set(true);
        t.then(move |_| ledger.ended(row, column, ends));
        return;
    }
    *handle.borrow_mut() = Some(t.send(request, handler));
    started.set(true);

    if let Some(abort) = &row.abort {
        match abort.at {
            At::Progress | At::Chunk => {}
            At::End => {
                let (handle, ledger) = (Rc::clone(&handle), ledger.clone());
                t.then(move |_| {
                    let before = stats();
                    abort_times(&handle, abort.times);
                    assert_eq!(stats(), before);
                    assert_eq!(ledger.calls.get(), 1);
                });
            }
            moment => {
                let action = move || {
                    assert!(!is_finished(&handle), "it is in flight");
                    abort_times(&handle, abort.times);
                    assert_eq!(
                        is_finished(&handle),
                        abort.at_once,
                        "closed too early, or too late"
                    );
                };
                stage.at(moment, Box::new(action));
            }
        }
    }
    t.then(move |_| ledger.ended(row, column, ends));
}

/// Starts the fetch, to be closed when its moment comes: then it is over, and its handler called
/// later.
fn close_by_c(
    t: &Test,
    stage: &Rc<dyn Platform>,
    url: &str,
    ledger: &Ledger,
    handler: impl FnOnce(&Test, Response) + 'static,
) {
    let (test, called, ledger) = (t.clone(), t.expect(), ledger.clone());
    let fetch = from_c::start(
        url,
        Box::new(move |response| {
            called();
            handler(&test, response);
        }),
    );
    let close = move || {
        fetch.close();
        assert_eq!(ledger.calls.get(), 0, "the handler runs inside the close");
        assert!(ledger.stage.structs().is_none_or(|structs| structs as u64 == ledger.others.get()));
    };
    stage.at(At::Headers, Box::new(close));
}

fn wait(row: &Row, url: &str) -> Response {
    (row.request)(url).send_blocking().expect("it begins")
}

/// C code has no handle.
fn is_finished(handle: &RefCell<Option<Fetch>>) -> bool {
    handle.borrow().as_ref().is_none_or(Fetch::is_finished)
}

fn abort_times(handle: &RefCell<Option<Fetch>>, times: usize) {
    for _ in 0..times {
        if let Some(fetch) = &*handle.borrow() {
            fetch.abort();
        }
    }
}

/// Aborts the request, if that is the row.
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
            assert_eq!(is_finished(&handle), abort.at_once, "closed inside its callback");
        }
    }
}

/// Keeps what it is given, and aborts the request, if that is the row.
fn on_chunk(
    row: &'static Row,
    handle: &Rc<RefCell<Option<Fetch>>>,
    ledger: &Ledger,
) -> impl FnMut(Chunk) + use<> {
    let (handle, chunks, guard) =
        (Rc::downgrade(handle), Rc::clone(&ledger.chunks), ledger.closures.guard());
    move |chunk| {
        let _keep = &guard;
        assert_eq!(chunk.offset(), chunks.borrow().len() as u64, "nothing is missing before it");
        chunks.borrow_mut().extend_from_slice(&chunk);
        let abort = row.abort.as_ref().filter(|abort| abort.at == At::Chunk);
        if let (Some(abort), Some(handle)) = (abort, handle.upgrade()) {
            assert_eq!(*chunks.borrow(), chunk[..], "no other chunk comes after the abort");
            abort_times(&handle, abort.times);
            assert_eq!(is_finished(&handle), abort.at_once, "closed inside its callback");
        }
    }
}

/// What the handler does, when it has been found that nothing is left to do.
fn act(
    t: &Test,
    row: &'static Row,
    column: Column,
    ledger: &Ledger,
    (url, world, response, other): (String, Rc<World>, Response, Option<Fetch>),
) {
    match column {
        Column::Returns => {}
        Column::Panics => {
            ledger.stage.expect_panic();
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
            ledger.check_live(0);
        }
        Column::StartsAgain => {
            let ledger = ledger.clone();
            t.send((row.request)(&url), move |_, response| {
                check(row.ends, &response);
                ledger.check_live(0);
            });
        }
        Column::DropsTheLastOwner => {
            assert_eq!(Rc::strong_count(&world), 1);
            drop(world);
            assert_eq!(ledger.contexts.count(), 1);
        }
        Column::NeverReturns => {
            ledger.stage.never_return(Box::new((url, world, response, other)));
        }
    }
}

fn check(ends: Ends, response: &Response) {
    assert_eq!((response.outcome(), response.cache_status()), (ends.outcome, ends.cache_status));
    assert_eq!((response.status(), response.status_text()), ends.status);
    let (body, rest) =
        response.body().split_at_checked(ends.body.len()).expect("it is long enough");
    assert_eq!(body, ends.body);
    assert!(rest == crate::noise::noise(ends.noise), "{} bytes follow", rest.len());
    let has_headers = !ends.guarded && ends.status.0 != 0;
    assert_eq!(response.headers().is_some(), has_headers);
}

impl Ledger {
    /// A request that is in flight until it is aborted.
    fn start_another(&self, t: &Test) -> Fetch {
        self.others.set(1);
        let others = Rc::clone(&self.others);
        t.send(self.stage.endless(), move |_, response| {
            assert_eq!(response.outcome(), Outcome::Aborted);
            assert_eq!(others.replace(0), 1, "called once");
        })
    }

    /// At the first line of the handler all is done that is to be done: what it was given is all
    /// that is left.
    fn entered(&self, row: &Row, world: &World, ends: Ends, response: &Response) {
        self.calls.set(self.calls.get() + 1);
        assert_eq!(self.calls.get(), 1);
        check(ends, response);
        assert!(is_finished(&world.handle));
        self.check_live(self.others.get());
        assert_eq!(self.closures.count(), row.closures(), "what on_progress and on_chunk own");
        if let (Some(chunks), None) = (row.chunks, &row.abort) {
            assert_eq!(*self.chunks.borrow(), chunks);
        }
        assert_eq!(self.contexts.count(), 0, "what the handler owns");
    }

    fn check_live(&self, live: u64) {
        assert_eq!(stats().live, live);
        assert!(self.stage.structs().is_none_or(|structs| structs as u64 == live));
        assert!(self.stage.request_bodies().is_none_or(|bodies| bodies == 0));
    }

    /// Nothing is left, and it adds up.
    fn ended(&self, row: &Row, column: Column, ends: Ends) {
        assert_eq!(self.calls.get(), 1);
        self.check_live(0);
        let never_returned = column == Column::NeverReturns;
        assert_eq!(self.contexts.count(), usize::from(!never_returned));
        assert_eq!(self.closures.count(), row.closures());

        let again = column == Column::StartsAgain;
        let around = row.kind == Kind::Synchronous;
        let requests =
            1 + u64::from(around) + u64::from(again) + u64::from(column == Column::AbortsAnother);
        let guarded = u64::from(ends.guarded) + u64::from(again && row.ends.guarded);
        let after = stats();
        assert_eq!(after.started - self.before.started, requests);
        assert_eq!(after.completed - self.before.completed, requests);
        assert_eq!(after.closed - self.before.closed, requests);
        assert_eq!(after.guarded - self.before.guarded, guarded);
    }
}

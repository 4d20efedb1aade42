//! The matrix on the native backend: a script plays each row.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::native::script::{self, Answer, Script, Stage};
use fetch_runtime::{Request, run};
use fetch_shared::matrix::setup::{BODY, Cache, Fault, Reply, Server, Setup};
use fetch_shared::matrix::{At, Column, Kind, Platform, Row, cell, rows};
use fetch_shared::noise::noise;
use fetch_shared::scenario::Test;

use crate::alloc;

/// The script's answer to a request of this row.
fn answer(row: &Row) -> Answer {
    match row.kind {
        Kind::Download | Kind::FromC | Kind::Synchronous => answer_to_a_download(row.setup),
        // Emscripten's own statuses for the cache's refusal.
        Kind::Store => answer_to_a_write(row.setup.cache, 413),
        Kind::Delete => answer_to_a_write(row.setup.cache, 404),
    }
}

fn answer_to_a_download(Setup { server, cache, fault }: Setup) -> Answer {
    let answer = match server {
        Server::Replies(reply) => replies(reply),
        Server::Refuses => Answer::network_error(),
        Server::Breaks => replies(Reply::PLAIN).breaks_off(),
        Server::IsSilent => Answer::timeout(),
        Server::Stalls => replies(Reply::PLAIN).times_out(),
    };
    let answer = match fault {
        Fault::None => answer,
        Fault::SendThrows => Answer::send_throws(),
        Fault::NoMemory => answer.out_of_memory(),
    };
    match cache {
        Cache::Holds(body) => Answer::cached(body),
        Cache::HoldsEntry(body, control) => {
            let stored = Answer::new(200).reason(Reply::PLAIN.reason).header("ETag", "\"1\"");
            let stored = stored.header("Cache-Control", control).body(body);
            answer.with_stored(stored, Duration::ZERO)
        }
        Cache::Full | Cache::OverQuota => answer.not_stored(),
        // A record without bytes is a miss, as an empty cache is.
        Cache::Empty | Cache::HoldsForeign | Cache::Unavailable | Cache::Throws => answer,
    }
}

fn replies(reply: Reply) -> Answer {
    let (first, second) = reply.pieces();
    let pieces = [first.to_vec(), second.to_vec(), noise(reply.noise)];
    let answer = Answer::new(reply.status).reason(reply.reason);
    pieces.into_iter().filter(|piece| !piece.is_empty()).fold(answer, Answer::body)
}

fn answer_to_a_write(cache: Cache, refused: u16) -> Answer {
    match cache {
        Cache::Full => Answer::new(refused),
        Cache::OverQuota => Answer::cache_failed(),
        Cache::Empty
        | Cache::Holds(_)
        | Cache::HoldsEntry(..)
        | Cache::HoldsForeign
        | Cache::Unavailable
        | Cache::Throws => Answer::new(200),
    }
}

fn scripted(cache: Cache) -> script::Cache {
    match cache {
        Cache::Unavailable => script::Cache::Unavailable,
        Cache::Throws => script::Cache::Throwing,
        Cache::Empty
        | Cache::Holds(_)
        | Cache::HoldsEntry(..)
        | Cache::HoldsForeign
        | Cache::Full
        | Cache::OverQuota => script::Cache::Available,
    }
}

/// The stages at which the script holds the request, so that the program can abort it.
fn stages(at: At) -> &'static [Stage] {
    match at {
        At::Lookup => &[Stage::Lookup],
        // There may be none.
        At::Headers => &[Stage::Head, Stage::Done],
        At::Body => &[Stage::Chunk],
        At::Done => &[Stage::Done],
        At::ReadyState4 => &[Stage::Load],
        At::Store => &[Stage::Store],
        At::Start | At::Upload | At::Progress | At::Chunk | At::End => &[],
    }
}

/// The payload of the panic that stands for a handler that never returns.
struct NeverReturns;

struct Native {
    script: Script,
    /// The action that is due as soon as the script holds everything.
    action: RefCell<Option<Box<dyn FnOnce()>>>,
    expects_panic: Cell<bool>,
    /// The stack of the handler that never returns.
    stack: RefCell<Option<Box<dyn Any>>>,
}

impl Platform for Native {
    fn prepare(&self, row: &Row, moment: Option<At>) -> String {
        let held = moment.map_or(&[][..], stages);
        let answer = held.iter().copied().fold(answer(row), Answer::hold);
        let url = format!("/{}", row.name);
        for method in ["GET", "POST", "IDB_STORE", "IDB_DELETE"] {
            self.script.answer(method, &url, answer.clone());
        }
        self.script.cache(scripted(row.setup.cache));
        url
    }

    fn at(&self, _: At, action: Box<dyn FnOnce()>) {
        self.action.replace(Some(action));
    }

    fn endless(&self) -> Request {
        let answer = Answer::new(200).body(BODY);
        let stages = [Stage::Head, Stage::Chunk, Stage::Done];
        self.script.answer("GET", "/endless", stages.into_iter().fold(answer, Answer::hold));
        Request::get("/endless")
    }

    fn plain(&self) -> Request {
        self.script.answer("GET", "/plain", Answer::new(200));
        Request::get("/plain")
    }

    fn expect_panic(&self) {
        self.expects_panic.set(true);
    }

    fn never_return(&self, stack: Box<dyn Any>) -> ! {
        // Both return at once.
        fetch_runtime::poll();
        run();
        self.stack.replace(Some(stack));
        // No panic hook runs, as none runs for the JS exception that such a handler throws.
        resume_unwind(Box::new(NeverReturns))
    }

    fn structs(&self) -> Option<usize> {
        Some(self.script.live_structs())
    }

    fn request_bodies(&self) -> Option<usize> {
        Some(alloc::request_bodies().try_into().expect("none is freed twice"))
    }
}

impl Native {
    /// Runs until each request is over or held.
    fn run(&self, column: Column) {
        while let Err(payload) = catch_unwind(run) {
            let is_expected = match column {
                Column::Panics => {
                    payload.downcast_ref() == Some(&cell::PANIC)
                        && self.expects_panic.replace(false)
                }
                Column::NeverReturns => payload.is::<NeverReturns>(),
                _ => false,
            };
            if !is_expected {
                resume_unwind(payload);
            }
        }
    }
}

fn run_cell(row: &'static Row, column: Column) {
    let platform = Rc::new(Native {
        script: Script::install(),
        action: RefCell::default(),
        expects_panic: Cell::default(),
        stack: RefCell::default(),
    });
    let test = Test::new("");
    let shared: Rc<dyn Platform> = platform.clone();
    cell::start(&test, row, column, shared);
    // Each round releases the requests that the script holds.
    for _round in 0..9 {
        platform.run(column);
        if let Some(action) = platform.action.take() {
            action();
        } else if !test.is_pending() && !test.step() {
            return assert!(!platform.expects_panic.get(), "the panic has not come out of run");
        }
        platform.script.release();
    }
    panic!("it is not over");
}

/// Runs the cell twice. A thread allocates some things once, in the first run; the second run must
/// free all that it allocates.
fn cell(row: &str, column: Column) {
    eprintln!("{row} × {column:?}");
    let row = rows::all().find(|found| found.name == row).expect("a row");
    run_cell(row, column);
    let before = alloc::live();
    run_cell(row, column);
    assert_eq!(alloc::live(), before, "allocations are left");
}

/// The tests are those of the data.
#[test]
fn each_cell_is_a_test() {
    let mut made = Vec::new();
    macro_rules! rows_made {
        ($columns:ident: $($row:ident)*) => {$( fetch_shared::$columns!(cells_made $row); )*};
    }
    macro_rules! cells_made {
        ($row:ident: $($name:ident $column:ident)*) => {
            made.extend([$((stringify!($row), Column::$column)),*]);
        };
    }
    fetch_shared::for_each_row!(rows_made);
    let cells = rows::all().flat_map(|row| {
        Column::all().filter(|(column, ..)| row.has(*column)).map(|(column, ..)| (row.name, column))
    });
    assert_eq!(made, cells.collect::<Vec<_>>());
}

macro_rules! cells {
    ($columns:ident: $($row:ident)*) => {$(
        mod $row {
            fetch_shared::$columns!(cells_of_a_row $row);
        }
    )*};
}

macro_rules! cells_of_a_row {
    ($row:ident: $($name:ident $column:ident)*) => {$(
        #[test]
        fn $name() {
            super::cell(stringify!($row), fetch_shared::matrix::Column::$column);
        }
    )*};
}

fetch_shared::for_each_row!(cells);

//! The matrix on the native backend: a script provokes each row.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{catch_unwind, resume_unwind};
use std::rc::Rc;

use fetch_runtime::native::script::{Answer, Cache, Script, Stage};
use fetch_runtime::{Request, run};
use fetch_tests::matrix::rows::{BODY, OVER_THE_QUOTA, PAGE, ROWS};
use fetch_tests::matrix::{At, Column, Place, Platform, Row, cell, table};
use fetch_tests::noise::noise;
use fetch_tests::scenario::Test;

use crate::alloc;

/// What a script answers, and what there is of a cache.
fn provocation(row: &str) -> (Answer, Cache) {
    use Cache::{Available, Throwing, Unavailable};
    let ok = || Answer::new(200).reason("Half").body(&BODY[..9]).body(&BODY[9..]);
    let after_miss = || Answer::new(200).reason("").body(BODY);
    let not_found = || Answer::new(404).reason("Gone Fishing").body(PAGE);
    let done = || Answer::new(200);
    match row {
        "http_2xx" | "stored" | "stream_2xx" | "synchronous_2xx" => (ok(), Available),
        "http_2xx_empty" | "synchronous_2xx_empty" => (Answer::new(204), Available),
        "stream_2xx_empty" => (Answer::new(204).reason(""), Available),
        "http_error" | "miss_http_error" | "stream_http_error" | "synchronous_http_error" => {
            (not_found(), Available)
        }
        "network_error"
        | "miss_network_error"
        | "stream_network_error"
        | "synchronous_network_error" => (Answer::network_error(), Available),
        "network_error_in_body"
        | "stream_network_error_in_body"
        | "synchronous_network_error_in_body" => (ok().breaks_off(), Available),
        "timeout" | "miss_timeout" | "stream_timeout" | "synchronous_timeout" => {
            (Answer::timeout(), Available)
        }
        "timeout_in_body" | "stream_timeout_in_body" | "synchronous_timeout_in_body" => {
            (ok().times_out(), Available)
        }
        "send_throws" | "miss_send_throws" | "synchronous_send_throws" => {
            (Answer::send_throws(), Available)
        }
        "body_lost" | "stream_chunk_lost" | "synchronous_body_lost" => {
            (ok().out_of_memory(), Available)
        }
        "body_lost_of_an_error" | "synchronous_body_lost_of_an_error" => {
            (not_found().out_of_memory(), Available)
        }
        "cache_hit" | "cache_hit_only" => (Answer::cached(BODY), Available),
        "cache_hit_empty" => (Answer::cached(""), Available),
        "cache_miss" => (ok(), Available),
        "cache_unavailable" | "lookup_unavailable" | "store_unavailable" => (ok(), Unavailable),
        "foreign_record" | "foreign_record_replaced" => (after_miss(), Available),
        "disk_full" => (ok().body(noise(OVER_THE_QUOTA)).not_stored(), Available),
        "record_disk_full" => (Answer::cache_failed(), Available),
        "abort_at_ready_state_4_of_an_error" => (Answer::network_error(), Available),
        "partial_response" => {
            (Answer::new(206).reason("Half").body(&BODY[..9]).body(&BODY[9..]), Available)
        }
        "cache_throws" | "store_throws" => (ok(), Throwing),
        "miss_2xx" => (after_miss(), Available),
        "miss_2xx_not_stored" => (after_miss().not_stored(), Available),
        "lookup_unavailable_send_throws" => (Answer::send_throws(), Unavailable),
        "not_stored" => (ok().not_stored(), Available),
        "record_stored" | "deleted" => (done(), Available),
        "record_refused" => (Answer::new(413), Available),
        "delete_refused" => (Answer::new(404), Available),
        "record_unavailable" | "delete_unavailable" => (done(), Unavailable),
        "record_throws" | "delete_throws" => (done(), Throwing),
        "abort_in_lookup_hit" | "abort_twice_in_lookup" => (Answer::cached(BODY), Available),
        "abort_in_lookup_miss" | "abort_after_miss" => (after_miss(), Available),
        "abort_in_lookup_only" => (ok(), Available),
        "abort_while_not_storing" => (ok().not_stored(), Available),
        "abort_record" | "abort_delete" => (done(), Available),
        "closed_by_c"
        | "abort_before_headers"
        | "abort_twice_before_headers"
        | "abort_after_headers"
        | "abort_in_progress"
        | "abort_in_body"
        | "abort_at_ready_state_4"
        | "abort_while_storing"
        | "abort_after_the_end"
        | "stream_abort_before_headers"
        | "stream_abort_after_headers"
        | "stream_abort_in_chunk"
        | "stream_abort_in_progress"
        | "stream_abort_in_body"
        | "stream_abort_after_the_end" => (ok(), Available),
        _ => panic!("nothing provokes {row}"),
    }
}

fn moment(at: At) -> Option<Stage> {
    match at {
        At::Lookup => Some(Stage::Lookup),
        At::Headers => Some(Stage::Head),
        At::Body => Some(Stage::Chunk),
        At::Done => Some(Stage::Done),
        At::ReadyState4 => Some(Stage::Load),
        At::Store => Some(Stage::Store),
        At::Progress | At::Chunk | At::End => None,
    }
}

/// What `run` panics with where a handler never returns.
struct NeverReturns;

struct Native {
    script: Script,
    /// What is to be done when all is held.
    action: RefCell<Option<Box<dyn FnOnce()>>>,
    expects_panic: Cell<bool>,
    /// The stack of the handler that never returns.
    stack: RefCell<Option<Box<dyn Any>>>,
}

impl Platform for Native {
    fn prepare(&self, row: &Row) -> String {
        let (answer, cache) = provocation(row.name);
        let moment = row.abort.as_ref().and_then(|abort| moment(abort.at));
        let answer = moment.into_iter().fold(answer, Answer::hold);
        let url = format!("/{}", row.name);
        for method in ["GET", "POST", "IDB_STORE", "IDB_DELETE"] {
            self.script.answer(method, &url, answer.clone());
        }
        self.script.cache(cache);
        url
    }

    fn at(&self, _: At, action: Box<dyn FnOnce()>) {
        self.action.replace(Some(action));
    }

    fn endless(&self) -> Request {
        let answer = Answer::new(200).body(BODY);
        let moments = [Stage::Head, Stage::Chunk, Stage::Done];
        self.script.answer("GET", "/endless", moments.into_iter().fold(answer, Answer::hold));
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
        // Like the exception in JS that such a handler throws, it does not tell anybody.
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
    /// Runs to where all is over or held.
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
    let stage = Rc::new(Native {
        script: Script::install(),
        action: RefCell::default(),
        expects_panic: Cell::default(),
        stack: RefCell::default(),
    });
    let test = Test::new("");
    let shared: Rc<dyn Platform> = stage.clone();
    cell::start(&test, row, column, shared);
    // Each round lets it go on from one moment.
    for _round in 0..9 {
        stage.run(column);
        if let Some(action) = stage.action.take() {
            action();
        } else if !test.is_pending() && !test.step() {
            return assert!(!stage.expects_panic.get(), "the panic has not come out of run");
        }
        stage.script.release();
    }
    panic!("it is not over");
}

/// Twice, so that what a thread allocates once is there: the second time it must all be gone.
fn cell(row: &str, column: Column) {
    eprintln!("{row} × {column:?}");
    let row = ROWS.iter().find(|found| found.name == row).expect("a row");
    run_cell(row, column);
    let before = alloc::live();
    run_cell(row, column);
    assert_eq!(alloc::live(), before, "allocations are left");
}

macro_rules! cells {
    ($($row:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($row)),*];

        $(mod $row {
            use fetch_tests::matrix::Column;

            cells!(@columns $row:
                returns Returns, panics Panics, aborts_itself AbortsItself, aborts_another AbortsAnother,
                starts_again StartsAgain, drops_the_last_owner DropsTheLastOwner, never_returns NeverReturns
            );
        })*
    };
    (@columns $row:ident: $($name:ident $column:ident),*) => {$(
        #[test]
        fn $name() {
            super::cell(stringify!($row), Column::$column);
        }
    )*};
}

fetch_tests::for_each_row!(cells);

#[test]
fn what_is_said_to_be_proven_here_is() {
    let said: Vec<_> =
        ROWS.iter().filter(|row| row.proven.contains(&Place::Native)).map(|row| row.name).collect();
    assert_eq!(said, NAMES);
}

/// With `FETCH_TEST_WRITE_TABLE` set, it is written anew.
#[test]
fn the_table_in_the_readme() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("tests/README.md");
    let (before, rest) = readme.split_once(table::BEGIN).expect("where the table begins");
    let (written, after) = rest.split_once(table::END).expect("where the table ends");
    let table = table::table();
    if std::env::var_os("FETCH_TEST_WRITE_TABLE").is_some() {
        let readme = [before, table::BEGIN, &table, table::END, after].concat();
        std::fs::write(path, readme).expect("tests/README.md");
    } else {
        assert_eq!(written, table, "run this test with FETCH_TEST_WRITE_TABLE=1");
    }
}

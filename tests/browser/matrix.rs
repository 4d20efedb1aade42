//! The matrix in a browser: the real server, IndexedDB and event loop provoke each row, and a
//! little JS where they need help.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::rc::Rc;

use fetch_runtime::Request;
use fetch_tests::heap;
use fetch_tests::matrix::rows::{BODY, OVER_THE_QUOTA, PAGE, ROWS};
use fetch_tests::matrix::{At, Column, Kind, Platform, Row, cell};
use fetch_tests::scenario::Test;

use crate::driver::{self, Run};
use crate::js;
use crate::sets::{says_yes, streams};

/// Between what the server sends, in milliseconds: the page has seen the one before the next comes.
const PAUSE: u32 = 120;
/// A request's time, in milliseconds.
const TIMEOUT: u32 = 60;
/// From here on it is a leak: malloc may round what it gives out a little differently, but less
/// than it takes for a body.
const ROUNDING: i64 = 24;

/// Each cell that can be provoked here: on a thread, those that wait; elsewhere, all others; where
/// the quota is small, those that need it to be. The heap must be as small as it is by default:
/// FETCH_TEST_HEAP=default.
pub(crate) fn cells() -> Vec<(String, Run)> {
    assert!(
        std::env::var("FETCH_TEST_HEAP").is_ok_and(|heap| heap == "default"),
        "bodies that do not fit need a small heap: FETCH_TEST_HEAP=default, in the build, too"
    );
    let cells =
        ROWS.iter().flat_map(|row| Column::ALL.map(|(column, name, _)| (row, column, name)));
    cells
        .filter(|(row, ..)| (row.kind == Kind::Synchronous) == cfg!(target_feature = "atomics"))
        .filter(|(row, ..)| row.chunks.is_none() || streams())
        .filter(|(row, ..)| row.name.ends_with("disk_full") == says_yes("FETCH_TEST_QUOTA"))
        .map(|(row, column, name)| {
            let run: Run = Box::new(move |t: &Test| round(t, row, column, None));
            (format!("{}::{name}", row.name), run)
        })
        .collect()
}

/// Twice: what is allocated once is there after the first, and the second leaves nothing. What a
/// handler that never returns has on its stack stays there.
fn round(t: &Test, row: &'static Row, column: Column, first: Option<i64>) {
    js::run(include_str!("matrix.js"));
    js::run(&format!("matrix.action = {}; matrix.reset()", moment_has_come as *const () as usize));
    cell::start(t, row, column, Rc::new(Chromium::default()));
    t.then(move |t| {
        js::run("matrix.reset()");
        drop(BALLAST.take());
        assert!(ACTION.take().is_none(), "the moment has not come");
        let after = heap::in_use();
        if let Some(before) = first {
            assert!(after - before < ROUNDING, "{} bytes are left", after - before);
        } else if column != Column::NeverReturns {
            round(t, row, column, Some(after));
        }
    });
}

thread_local! {
    /// What is to be done at the moment that is waited for.
    static ACTION: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    static BALLAST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static KEYS: Cell<u32> = const { Cell::new(0) };
}

/// `matrix.js` calls it.
extern "C-unwind" fn moment_has_come() {
    let action = ACTION.take();
    driver::contain(|| action.expect("it is to be done once")());
}

/// The first frame of a main loop, and the last.
extern "C-unwind" fn frame() {
    js::end_main_loop();
}

/// What the server plays.
#[derive(Default)]
struct Play {
    status: u16,
    reason: &'static str,
    body: &'static [u8],
    more: &'static [u8],
    noise: usize,
    wait: u32,
    pause: u32,
    end: &'static str,
}

impl Play {
    fn url(&self) -> String {
        let Self { status, reason, noise, wait, pause, end, .. } = self;
        let mut url = js::evaluate("location.origin");
        write!(url, "/play?status={status}&noise={noise}&wait={wait}&pause={pause}&end={end}")
            .expect("a String");
        for (name, value) in
            [("reason", reason.as_bytes()), ("body", self.body), ("more", self.more)]
        {
            write!(url, "&{name}={}", String::from_utf8_lossy(value).replace(' ', "+"))
                .expect("a String");
        }
        url
    }
}

/// What the server answers, and the script that sees to the rest.
fn provocation(row: &Row) -> (Play, String) {
    let ok =
        Play { status: 200, reason: "Half", body: &BODY[..9], more: &BODY[9..], ..Play::default() };
    let created = Play { status: 200, body: BODY, ..Play::default() };
    let not_found = Play { status: 404, reason: "Gone Fishing", body: PAGE, ..Play::default() };
    let never = Play { wait: 600_000, ..Play::default() };
    let no_content = Play { status: 204, reason: "No Content", ..Play::default() };
    let slowly = |play| Play { wait: PAUSE, pause: PAUSE, ..play };

    let mut script = String::from("matrix.forgetful();");
    let mut add = |line: &str| script += line;
    let play = match row.name {
        "http_2xx_empty" | "synchronous_2xx_empty" => no_content,
        "stream_2xx_empty" => Play { reason: "", ..no_content },
        "http_error" | "miss_http_error" | "stream_http_error" | "synchronous_http_error" => {
            not_found
        }
        "network_error_in_body"
        | "stream_network_error_in_body"
        | "synchronous_network_error_in_body" => Play { end: "break", ..slowly(ok) },
        "timeout" | "miss_timeout" | "stream_timeout" => {
            add(&format!("matrix.timeout({TIMEOUT});"));
            never
        }
        "synchronous_timeout" => never,
        "synchronous_timeout_in_body" => Play { end: "hang", ..ok },
        "timeout_in_body" | "stream_timeout_in_body" => {
            add(&format!("matrix.timeout({});", 2 * TIMEOUT));
            Play { end: "hang", ..ok }
        }
        "send_throws" | "miss_send_throws" | "synchronous_send_throws" => {
            add("matrix.throwing_send();");
            ok
        }
        // Longer than the heap.
        "body_lost" | "synchronous_body_lost" => Play { noise: 20 << 20, ..ok },
        "body_lost_of_an_error" | "synchronous_body_lost_of_an_error" => {
            Play { noise: 20 << 20, ..not_found }
        }
        "stream_chunk_lost" => {
            // What is left is less than a chunk.
            BALLAST.set(Vec::with_capacity(10 << 20));
            add("matrix.huge_chunks();");
            slowly(ok)
        }
        "disk_full" => Play { noise: OVER_THE_QUOTA, ..ok },
        "foreign_record_replaced" => created,
        "partial_response" => Play { status: 206, ..ok },
        "miss_2xx" => created,
        "miss_2xx_not_stored" => {
            add("matrix.full();");
            created
        }
        "not_stored" | "record_refused" | "delete_refused" | "abort_while_not_storing" => {
            add("matrix.full();");
            ok
        }
        "cache_unavailable" | "lookup_unavailable" | "store_unavailable" | "record_unavailable"
        | "delete_unavailable" => {
            add("matrix.unavailable();");
            ok
        }
        "lookup_unavailable_send_throws" => {
            add("matrix.unavailable(); matrix.throwing_send();");
            ok
        }
        "cache_throws" | "store_throws" | "record_throws" | "delete_throws" => {
            add("matrix.throwing();");
            ok
        }
        "abort_in_lookup_miss" | "abort_after_miss" => slowly(created),
        "abort_while_storing" | "abort_after_the_end" | "stream_abort_after_the_end" => ok,
        _ if row.abort.is_some() => slowly(ok),
        _ => ok,
    };
    (play, script)
}

#[derive(Default)]
struct Chromium {
    /// The moment is right after the start: the cache has just been asked.
    is_at_the_start: Cell<bool>,
}

impl Platform for Chromium {
    fn prepare(&self, row: &Row) -> String {
        let (play, mut script) = provocation(row);
        KEYS.set(KEYS.get() + 1);
        let key = KEYS.get();
        let url = match row.name {
            // A port that no page may ask.
            "network_error"
            | "miss_network_error"
            | "stream_network_error"
            | "synchronous_network_error"
            | "abort_at_ready_state_4_of_an_error" => {
                format!("http://127.0.0.1:1/?{key}")
            }
            _ if row.kind == Kind::Record => format!("matrix/{key}"),
            _ => format!("{}&key={key}", play.url()),
        };
        let cached = match row.name {
            "cache_hit" | "cache_hit_only" | "abort_in_lookup_hit" | "abort_twice_in_lookup" => {
                Some(BODY)
            }
            "cache_hit_empty" => Some(&b""[..]),
            _ => None,
        };
        if row.name.starts_with("foreign_record") {
            write!(script, "matrix.fill_with('{url}', 'a string of another program');")
                .expect("a String");
        }
        if let Some(body) = cached {
            let body = String::from_utf8_lossy(body);
            write!(script, "matrix.fill('{url}', '{body}');").expect("a String");
        }
        if let Some(abort) = &row.abort {
            self.is_at_the_start.set(abort.at == At::Lookup || row.kind == Kind::Record);
            if !self.is_at_the_start.get() {
                write!(script, "matrix.at('{:?}');", abort.at).expect("a String");
            }
        }
        js::run(&script);
        url
    }

    fn at(&self, _: At, action: Box<dyn FnOnce()>) {
        if self.is_at_the_start.get() {
            action();
        } else {
            ACTION.set(Some(action));
        }
    }

    fn endless(&self) -> Request {
        Request::get(Play { wait: 600_000, ..Play::default() }.url())
    }

    fn plain(&self) -> Request {
        Request::get(Play { status: 200, ..Play::default() }.url())
    }

    fn expect_panic(&self) {
        driver::expect_panic();
    }

    fn never_return(&self, stack: Box<dyn Any>) -> ! {
        // Exceptions of WebAssembly's own drop what they find on a stack, those of JS do not: here
        // nothing is found.
        std::mem::forget(stack);
        js::main_loop(frame)
    }

    /// The heap's figure tells of them.
    fn structs(&self) -> Option<usize> {
        None
    }

    /// As above.
    fn request_bodies(&self) -> Option<usize> {
        None
    }
}

//! The matrix in a browser: the test server, IndexedDB and the event loop bring about each row. A
//! little JS helps where they cannot.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::rc::Rc;

use fetch_runtime::Request;
use fetch_shared::engine::Difference;
use fetch_shared::heap;
use fetch_shared::matrix::setup::{Cache, Fault, Reply, Server, Setup};
use fetch_shared::matrix::{At, Column, Kind, Platform, Row, cell, rows};
use fetch_shared::scenario::Test;

use crate::driver::{self, Run};
use crate::js;
use crate::options::{says_yes, streams};

/// Milliseconds between the pieces of a slow response, so that the page sees one after the other.
const PAUSE: u32 = 120;
/// The time of a request that gets no answer, in milliseconds.
const TIMEOUT: u32 = 60;
/// The time of a request that gets a body without an end. The body arrives before it is over, also
/// on a busy machine.
const TIMEOUT_IN_BODY: u32 = 400;
/// From this many bytes on it is a leak. malloc may round a block a little differently the second
/// time, but by less than a body.
const ROUNDING: i64 = 24;

/// The cells that this build and this page can run. The synchronous rows run in a worker, all
/// others in the page. The rows of the quota run where `FETCH_TEST_QUOTA` says that it is
/// small.
/// The heap must be as small as it is by default: `FETCH_TEST_HEAP=default`.
pub(crate) fn cells() -> Vec<(String, Run)> {
    assert!(
        std::env::var("FETCH_TEST_HEAP").is_ok_and(|heap| heap == "default"),
        "bodies that do not fit need a small heap: FETCH_TEST_HEAP=default, in the build, too"
    );
    let cells =
        rows::all().flat_map(|row| Column::all().map(move |(column, name, _)| (row, column, name)));
    cells
        .filter(|(row, column, _)| row.has(*column))
        .filter(|(row, ..)| (row.kind == Kind::Synchronous) == js::is_worker())
        .filter(|(row, ..)| !row.is_streamed() || streams())
        .filter(|(row, ..)| (row.setup.cache == Cache::OverQuota) == says_yes("FETCH_TEST_QUOTA"))
        .map(|(row, column, name)| {
            let run: Run = Box::new(move |t: &Test| round(t, row, column, None));
            (format!("{}::{name}", row.name), run)
        })
        .collect()
}

/// Runs a cell twice. The program allocates some things once, in the first run; the second run must
/// free all that it allocates. A handler that never returns keeps its stack, and runs once.
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
    /// The action for the moment that the row waits for.
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

/// A response of the server, and its pace. The server sends the body in two pieces.
struct Play {
    reply: Reply,
    /// Milliseconds before the headers.
    wait: u32,
    /// Milliseconds before each piece, and before the end.
    pause: u32,
    /// The end of the body, as the server's path `/play` takes it.
    end: &'static str,
}

/// The server never gets as far as the headers.
const FOR_EVER: u32 = 600_000;

/// No heap of 16 MiB can hold so many bytes.
const OVER_THE_HEAP: usize = 20 << 20;

impl Play {
    const fn at_once(reply: Reply) -> Self {
        Self { reply, wait: 0, pause: 0, end: "" }
    }

    const fn slowly(self) -> Self {
        Self { wait: PAUSE, pause: PAUSE, ..self }
    }

    fn url(&self) -> String {
        let Self { reply, wait, pause, end } = self;
        let Reply { status, reason, noise, .. } = reply;
        let (body, more) = reply.pieces();
        let mut url = js::evaluate("location.origin");
        write!(url, "/play?status={status}&noise={noise}&wait={wait}&pause={pause}&end={end}")
            .expect("a String");
        if *end == "break" && Difference::BreakInChunkedBodyUnseen.is_here() {
            url += "&length=1000";
        }
        for (name, value) in [("reason", reason.as_bytes()), ("body", body), ("more", more)] {
            write!(url, "&{name}={}", String::from_utf8_lossy(value).replace(' ', "+"))
                .expect("a String");
        }
        url
    }
}

/// The server's answer to a request of this row.
fn play(row: &Row, moment: Option<At>) -> Play {
    let Setup { server, fault, .. } = row.setup;
    let play = match server {
        Server::Replies(reply) => Play::at_once(reply),
        // The server is not asked.
        Server::Refuses => Play::at_once(Reply::PLAIN),
        Server::Breaks => Play { end: "break", ..Play::at_once(Reply::PLAIN).slowly() },
        Server::IsSilent => Play { wait: FOR_EVER, ..Play::at_once(Reply::PLAIN) },
        Server::Stalls => Play { end: "hang", ..Play::at_once(Reply::PLAIN) },
    };
    let play = match fault {
        Fault::None | Fault::SendThrows => play,
        Fault::NoMemory if row.is_streamed() => play.slowly(),
        Fault::NoMemory => Play { reply: Reply { noise: OVER_THE_HEAP, ..play.reply }, ..play },
    };
    match moment {
        None | Some(At::Start | At::Store | At::End) => play,
        Some(
            At::Lookup
            | At::Headers
            | At::Body
            | At::Upload
            | At::Progress
            | At::Chunk
            | At::Done
            | At::ReadyState4,
        ) => play.slowly(),
    }
}

/// The time that the page gives the request. A synchronous request has its own, as no script can
/// set it.
fn timeout(row: &Row) -> Option<u32> {
    match row.setup.server {
        _ if row.kind == Kind::Synchronous => None,
        Server::Replies(_) | Server::Refuses | Server::Breaks => None,
        Server::IsSilent => Some(TIMEOUT),
        Server::Stalls => Some(TIMEOUT_IN_BODY),
    }
}

/// The part of `matrix.js` that brings about the row for this URL or key.
fn script(row: &Row, url: &str) -> String {
    let Setup { cache, fault, .. } = row.setup;
    let mut script = String::from("matrix.forgetful();");
    if let Some(ms) = timeout(row) {
        script += &format!("matrix.deadline({ms});");
    }
    match fault {
        Fault::None => {}
        Fault::SendThrows => script += "matrix.throwing_send();",
        Fault::NoMemory if row.is_streamed() => script += "matrix.huge_chunks();",
        // The body is longer than the heap.
        Fault::NoMemory => {}
    }
    match cache {
        // The quota is the runner's option.
        Cache::Empty | Cache::OverQuota => {}
        Cache::Holds(body) => {
            script += &format!("matrix.fill('{url}', '{}');", String::from_utf8_lossy(body));
        }
        Cache::HoldsEntry(body, control) => {
            let body = String::from_utf8_lossy(body);
            script += &format!("matrix.fill_entry('{url}', '{body}', '{control}');");
        }
        Cache::HoldsForeign => {
            script += &format!("matrix.fill_with('{url}', 'a string of another program');");
        }
        Cache::Full => script += "matrix.full();",
        Cache::Unavailable => script += "matrix.unavailable();",
        Cache::Throws => script += "matrix.throwing();",
    }
    script
}

#[derive(Default)]
struct Chromium {
    /// The moment is right after the start: the cache has just been asked.
    is_at_the_start: Cell<bool>,
}

impl Platform for Chromium {
    fn prepare(&self, row: &Row, moment: Option<At>) -> String {
        KEYS.set(KEYS.get() + 1);
        let key = KEYS.get();
        let url = match row.setup.server {
            _ if row.kind.is_record() => format!("matrix/{key}"),
            // A port that no page may ask.
            Server::Refuses => format!("http://127.0.0.1:1/?{key}"),
            Server::Replies(_) | Server::Breaks | Server::IsSilent | Server::Stalls => {
                format!("{}&key={key}", play(row, moment).url())
            }
        };
        let mut script = script(row, &url);
        if row.setup.fault == Fault::NoMemory && row.is_streamed() {
            // The rest of the heap is less than a chunk.
            BALLAST.set(Vec::with_capacity(10 << 20));
        }
        if let Some(moment) = moment.filter(|moment| *moment != At::Start) {
            self.is_at_the_start.set(moment == At::Lookup || row.kind.is_record());
            if !self.is_at_the_start.get() {
                script += &format!("matrix.at('{moment:?}');");
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
        Request::get(Play { wait: FOR_EVER, ..Play::at_once(Reply::PLAIN) }.url())
    }

    fn plain(&self) -> Request {
        Request::get(Play::at_once(Reply::PLAIN).url())
    }

    fn expect_panic(&self) {
        driver::expect_panic();
    }

    fn never_return(&self, stack: Box<dyn Any>) -> ! {
        // An exception of WebAssembly would drop the values on the stack, one of JS does not.
        // Forgetting them makes no difference between the two.
        std::mem::forget(stack);
        js::main_loop(frame)
    }

    /// `round` compares the size of the heap instead.
    fn structs(&self) -> Option<usize> {
        None
    }

    /// As above.
    fn request_bodies(&self) -> Option<usize> {
        None
    }
}

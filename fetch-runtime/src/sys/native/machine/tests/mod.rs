//! Tests of the machine, without a network, a disk or threads: steps go in, and the fields that C
//! sees and the callbacks come out.
#![allow(unsafe_code)]

mod closes;
mod memory;
mod paths;
mod sequences;

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::time::{Duration, Instant};

use super::audit::Audit;
use super::buffer::Buffer;
use super::event::{Cause, Event, FetchId, Head};
use super::exchange::Exchange;
use super::fetch::{Extras, Fetch, Lookup, STORE};
use super::output::{Output, Refused, Thrown};
use super::state::Machine;
use super::task::Task;
use crate::sys::abi::{
    DONE, EMSCRIPTEN_FETCH_LOAD_TO_MEMORY, EMSCRIPTEN_FETCH_NO_DOWNLOAD,
    EMSCRIPTEN_FETCH_PERSIST_FILE, EMSCRIPTEN_FETCH_REPLACE, EMSCRIPTEN_FETCH_STREAM_DATA,
    EMSCRIPTEN_FETCH_SYNCHRONOUS, emscripten_fetch_attr_t, emscripten_fetch_t,
};

const LOAD: u32 = EMSCRIPTEN_FETCH_LOAD_TO_MEMORY;
const STREAM: u32 = EMSCRIPTEN_FETCH_STREAM_DATA;
const PERSIST: u32 = EMSCRIPTEN_FETCH_PERSIST_FILE;
const REPLACE: u32 = EMSCRIPTEN_FETCH_REPLACE;
const NO_DOWNLOAD: u32 = EMSCRIPTEN_FETCH_NO_DOWNLOAD;
const SYNCHRONOUS: u32 = EMSCRIPTEN_FETCH_SYNCHRONOUS;

const TIMEOUT: Duration = Duration::from_secs(5);

/// The program's reaction to a terminal callback.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    /// Closes as the documentation of Emscripten does.
    Closes,
    /// Leaves the struct alone.
    Keeps,
}

/// A program, a machine and a driver.
struct Scenario {
    machine: Machine,
    program: Program,
    has_cache: bool,
    /// The driver throws this at the next request.
    throws: Option<Thrown>,
    now: Instant,
    /// The callback that was made last.
    called: Box<Cell<&'static str>>,
    is_starting: bool,
    log: Vec<String>,
    exchanges: Vec<Exchange>,
    stored: Vec<Buffer>,
    /// The structs that are the program's.
    kept: Vec<NonNull<emscripten_fetch_t>>,
}

/// A request of the program.
struct Request<'a> {
    method: &'a str,
    flags: u32,
    url: &'a CStr,
    headers: &'a [&'a CStr],
    body: &'static [u8],
    timeout: Duration,
    /// A user name and a password.
    auth: [Option<&'a CStr>; 2],
    cache_key: Option<&'a CStr>,
}

const GET: Request<'_> = Request {
    method: "GET",
    flags: LOAD | REPLACE,
    url: c"/x",
    headers: &[],
    body: b"",
    timeout: TIMEOUT,
    auth: [None; 2],
    cache_key: None,
};

const POST: Request<'_> = Request { method: "POST", body: b"body", ..GET };

fn get(flags: u32) -> Request<'static> {
    Request { flags, ..GET }
}

impl Scenario {
    fn new() -> Self {
        Self {
            machine: Machine::default(),
            program: Program::Closes,
            has_cache: true,
            throws: None,
            now: Instant::now(),
            called: Box::new(Cell::new("")),
            is_starting: false,
            log: Vec::new(),
            exchanges: Vec::new(),
            stored: Vec::new(),
            kept: Vec::new(),
        }
    }

    fn audited() -> Self {
        let mut scenario = Self::new();
        scenario.machine.set_audit(Some(Audit::default()));
        scenario
    }

    fn without_cache() -> Self {
        let mut scenario = Self::new();
        scenario.has_cache = false;
        scenario
    }

    fn throwing(thrown: Thrown) -> Self {
        let mut scenario = Self::new();
        scenario.throws = Some(thrown);
        scenario
    }

    fn keeping() -> Self {
        let mut scenario = Self::new();
        scenario.program = Program::Keeps;
        scenario
    }

    fn start(&mut self, request: Request<'_>) -> Option<FetchId> {
        self.start_with(request, Extras::default())
    }

    /// Calls `emscripten_fetch`. `None` if it returns null.
    fn start_with(&mut self, request: Request<'_>, extras: Extras) -> Option<FetchId> {
        // SAFETY: all zeros are null pointers, `None` and 0.
        let mut attr: emscripten_fetch_attr_t = unsafe { MaybeUninit::zeroed().assume_init() };
        for (to, from) in attr.requestMethod.iter_mut().zip(request.method.bytes()) {
            *to = from as c_char;
        }
        let mut headers: Vec<_> = request.headers.iter().map(|text| text.as_ptr()).collect();
        headers.push(ptr::null());
        attr.requestHeaders = headers.as_ptr();
        attr.attributes = request.flags;
        attr.timeoutMSecs = request.timeout.as_millis() as u32;
        let [user_name, password] = request.auth.map(|text| text.map_or(ptr::null(), CStr::as_ptr));
        (attr.userName, attr.password) = (user_name, password);
        attr.requestData = request.body.as_ptr().cast();
        attr.requestDataSize = request.body.len();
        attr.userData = (&raw const *self.called).cast_mut().cast();
        attr.onsuccess = Some(onsuccess);
        attr.onerror = Some(onerror);
        attr.onprogress = Some(onprogress);
        attr.onreadystatechange = Some(onreadystatechange);
        attr.destinationPath = request.cache_key.map_or(ptr::null(), CStr::as_ptr);
        let id = self.machine.new_id();
        // SAFETY: `attr` and its strings live through the call; the body is static.
        let fetch = unsafe { Fetch::new(&attr, request.url.as_ptr(), extras, id) };
        self.is_starting = true;
        let started = self.machine.start(fetch);
        self.drain();
        self.is_starting = false;
        started.map(|_| id)
    }

    /// Queues the steps of these events, and does them.
    fn tell<const N: usize>(&mut self, id: Option<FetchId>, events: [Event; N]) {
        for event in events {
            self.machine.push_event(id.expect("it has started"), event);
        }
        self.do_steps();
    }

    fn do_steps(&mut self) {
        while let Some(step) = self.machine.take_step(None) {
            self.machine.handle(step);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Send(id, exchange) => {
                    self.exchanges.push(*exchange);
                    match self.throws.take() {
                        Some(thrown) => self.machine.refused(id, Refused::Request(thrown)),
                        None => self.machine.sent(id, self.now),
                    }
                }
                Output::Cache(id, task) if !self.has_cache => {
                    self.machine.refused(id, Refused::Task(task));
                }
                Output::Cache(_, Task::Store(body)) => self.stored.push(body),
                Output::Cache(..) => {}
                Output::Cancel(_) => self.log.push("cancel".to_owned()),
                Output::Call(callback, fetch) => {
                    // SAFETY: the machine says that the fetch is live.
                    unsafe { callback(fetch.as_ptr()) };
                    self.on_callback(fetch);
                }
                Output::Timer(call) => self.log.push(format!("timer {}", call.id)),
                Output::LookupEnded(_) => self.log.push("lookup ended".to_owned()),
                Output::Decide(..) => self.log.push("decide".to_owned()),
                Output::Throw(message) => self.log.push(format!("throws {message}")),
            }
        }
    }

    /// Logs the fields that C sees, and does what the program does.
    fn on_callback(&mut self, fetch: NonNull<emscripten_fetch_t>) {
        // SAFETY: the machine says that it is live.
        let abi = unsafe { &mut *fetch.as_ptr() };
        let called = self.called.get();
        let id = if abi.id == 0 { "0" } else { "n" };
        match called {
            "rsc" => return self.log.push(format!("rsc({}) {}", abi.readyState, abi.status)),
            "progress" => {
                let (from, total) = (abi.dataOffset, abi.totalBytes);
                return self.log.push(format!("progress {from} of {total}, {}", data(abi)));
            }
            _ => {}
        }
        let inside = if self.is_starting { ", inside" } else { "" };
        let (state, status) = (abi.readyState, abi.status);
        let text = text(abi);
        let mut line = format!("{called}{inside}: {id} {state} {status} {text:?} {}", data(abi));
        if status == u16::MAX {
            return self.log.push(line);
        }
        if self.program == Program::Keeps {
            if !self.kept.contains(&fetch) {
                self.kept.push(fetch);
            }
            return self.log.push(line);
        }
        if abi.id != 0 && abi.readyState < DONE {
            line += ": recursion";
        } else if self.close(fetch) {
            line += ": frees";
        } else {
            line += ": refused";
        }
        let was_freed = line.ends_with("frees");
        self.log.push(line);
        if !was_freed {
            self.close_guarded(fetch);
        }
    }

    fn close(&mut self, fetch: NonNull<emscripten_fetch_t>) -> bool {
        // SAFETY: its callers have a live fetch, and do not use it after a close that succeeds.
        let closes = unsafe { self.machine.close(fetch.cast()) };
        if closes {
            self.drain();
        }
        closes
    }

    fn close_guarded(&mut self, fetch: NonNull<emscripten_fetch_t>) {
        // SAFETY: its callers have a live fetch.
        let abi = unsafe { &mut *fetch.as_ptr() };
        abi.readyState = DONE;
        if abi.id == 0 {
            abi.id = u32::MAX;
        }
        assert!(self.close(fetch), "a guarded close is never refused");
    }

    fn pointer(&self, id: Option<FetchId>) -> NonNull<emscripten_fetch_t> {
        self.machine.pointer(id.expect("it has started")).expect("it is in flight").cast()
    }

    /// Lets time pass, and does the steps of timers.
    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.machine.handle_timeout(self.now);
        self.drain();
        self.do_steps();
    }

    #[track_caller]
    fn saw<const N: usize>(&mut self, expected: [&str; N]) {
        assert_eq!(std::mem::take(&mut self.log), expected);
    }

    #[track_caller]
    fn found(&mut self, expected: &[&str]) {
        let faults = self.machine.audit().expect("it is audited").take_faults();
        assert_eq!(faults, expected);
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        for fetch in std::mem::take(&mut self.kept) {
            self.close_guarded(fetch);
        }
        if !std::thread::panicking() {
            assert!(self.machine.frames.is_empty(), "an input was not drained");
        }
    }
}

fn text(abi: &emscripten_fetch_t) -> String {
    let end = abi.statusText.iter().take_while(|byte| **byte != 0);
    end.map(|byte| char::from(*byte as u8)).collect()
}

fn data(abi: &emscripten_fetch_t) -> String {
    format!("{} {}", if abi.data.is_null() { "null" } else { "data" }, abi.numBytes)
}

/// # Safety
/// `userData` is that of a scenario.
unsafe fn note(fetch: *mut emscripten_fetch_t, callback: &'static str) {
    // SAFETY: the machine calls with a live fetch.
    let called = unsafe { &*fetch }.userData.cast::<Cell<&'static str>>();
    // SAFETY: it is that of a scenario, which lives through the callback.
    unsafe { &*called }.set(callback);
}

macro_rules! callbacks {
    ($($function:ident $name:literal;)*) => {$(
        unsafe extern "C" fn $function(fetch: *mut emscripten_fetch_t) {
            // SAFETY: a scenario has started the fetch.
            unsafe { note(fetch, $name) };
        }
    )*};
}

callbacks! {
    onsuccess "success";
    onerror "error";
    onprogress "progress";
    onreadystatechange "rsc";
}

unsafe extern "C" fn lookup_ended(_: *mut c_void, _: f64) -> usize {
    0
}

/// A lookup whose end is an output.
fn lookup() -> Extras {
    let lookup = Lookup { ended: lookup_ended, token: ptr::null_mut() };
    Extras { lookup: Some(lookup), ..Extras::default() }
}

fn head(status: u16, text: &str) -> Event {
    Event::Head(Head {
        status,
        status_text: text.to_owned(),
        headers: "a: b\r\n".to_owned(),
        url: "http://example.com/x".to_owned(),
        content_length: 5,
    })
}

fn loaded(body: &str) -> Event {
    Event::Loaded { body: Buffer::copy_of(body.as_bytes()), loaded: body.len() as u64 }
}

fn chunk(bytes: &str) -> Event {
    Event::Chunk { bytes: Buffer::copy_of(bytes.as_bytes()), permit: None }
}

fn failed() -> Event {
    Event::Failed(Cause::new("the network is gone"))
}

fn found(body: &str) -> Event {
    Event::Found(Buffer::copy_of(body.as_bytes()))
}

//! Emscripten's C API by hand, with the guarded close.

use std::cell::Cell;
use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::rc::Rc;

use bench_emscripten::done;
use bench_work::Kind;
use fetch_runtime::sys::{self, emscripten_fetch_attr_t, emscripten_fetch_t};

/// The requests of a figure.
struct Run {
    kind: Kind,
    length: u32,
    url: CString,
    /// How many are still to be started.
    left: Cell<u32>,
    /// How many are in flight.
    running: Cell<u32>,
}

/// A request in flight, as `userData`.
struct Flight {
    run: Rc<Run>,
    /// How many bytes of a stream have come.
    received: Cell<u64>,
}

/// Sends `count` requests, `lanes` at a time.
// SAFETY: no other symbol of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn bench_run(kind: u32, length: u32, count: u32, lanes: u32) {
    let kind = Kind::new(kind);
    let url = CString::new(kind.path(length)).expect("a path has no NUL");
    let (left, running) = (Cell::new(count), Cell::new(0));
    let run = Rc::new(Run { kind, length, url, left, running });
    for _ in 0..lanes {
        start(&run);
    }
}

/// Starts the next request, if one is left.
fn start(run: &Rc<Run>) {
    if run.left.get() == 0 {
        return;
    }
    run.left.set(run.left.get() - 1);
    run.running.set(run.running.get() + 1);
    let flight = Box::new(Flight { run: Rc::clone(run), received: Cell::new(0) });
    let mut attr = MaybeUninit::<emscripten_fetch_attr_t>::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr = unsafe { attr.assume_init() };
    for (to, from) in attr.requestMethod.iter_mut().zip(b"GET") {
        *to = *from as c_char;
    }
    // Without the first of these, the chunks of a stream have no bytes.
    attr.attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY
        | match run.kind {
            Kind::Small | Kind::Whole => sys::EMSCRIPTEN_FETCH_REPLACE,
            Kind::Stream => sys::EMSCRIPTEN_FETCH_STREAM_DATA | sys::EMSCRIPTEN_FETCH_REPLACE,
            Kind::Cached => sys::EMSCRIPTEN_FETCH_PERSIST_FILE,
            Kind::Validated => panic!("it asks nobody"),
        };
    attr.onsuccess = Some(succeeded);
    attr.onerror = Some(failed);
    if run.kind == Kind::Stream {
        attr.onprogress = Some(received);
    }
    attr.userData = Box::into_raw(flight).cast();
    // SAFETY: C copies `attr` and the URL; a terminal callback takes the flight back.
    unsafe { sys::emscripten_fetch(&mut attr, run.url.as_ptr()) };
}

/// # Safety
/// It is a callback of a fetch that [`start`] started, before the terminal one.
unsafe extern "C" fn received(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees that it is live; C does not touch it during its callback.
    let live = unsafe { &*fetch };
    // SAFETY: `start` put it there, and only the terminal callback takes it back.
    let flight = unsafe { &*live.userData.cast::<Flight>() };
    flight.received.set(flight.received.get() + live.numBytes);
}

/// # Safety
/// It is the terminal callback of a fetch that [`start`] started.
unsafe extern "C" fn succeeded(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees that it is live; C does not touch it during its callback.
    let live = unsafe { &mut *fetch };
    // SAFETY: `start` put it there, and this is the only terminal callback.
    let flight = unsafe { Box::from_raw(live.userData.cast::<Flight>()) };
    let received =
        if flight.run.kind == Kind::Stream { flight.received.get() } else { live.numBytes };
    live.readyState = sys::DONE;
    if live.id == 0 {
        live.id = u32::MAX;
    }
    // SAFETY: it is live, and nothing uses it afterwards.
    unsafe { sys::emscripten_fetch_close(fetch) };
    let Flight { run, .. } = *flight;
    assert_eq!(received, u64::from(run.length));
    run.running.set(run.running.get() - 1);
    start(&run);
    if run.running.get() == 0 {
        done();
    }
}

/// Each request has to succeed.
unsafe extern "C" fn failed(_: *mut emscripten_fetch_t) {
    panic!("a request has failed");
}

fn main() {}

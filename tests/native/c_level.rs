//! The script plays as Emscripten does: what C sees on each path, and what it must not do.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use fetch_runtime::native::script::{Answer, Cache, Script, Stage};
use fetch_runtime::sys::{
    self, EMSCRIPTEN_FETCH_LOAD_TO_MEMORY as LOAD, EMSCRIPTEN_FETCH_NO_DOWNLOAD as NO_DOWNLOAD,
    EMSCRIPTEN_FETCH_PERSIST_FILE as PERSIST, EMSCRIPTEN_FETCH_REPLACE as REPLACE,
    EMSCRIPTEN_FETCH_SYNCHRONOUS as SYNCHRONOUS, emscripten_fetch_t,
};
use fetch_runtime::{poll, run};

use crate::script::panic_of;

const KEY: &CStr = c"/x";

thread_local! {
    /// What the terminal callbacks have seen, a line each.
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static STATES: RefCell<Vec<(u16, u16)>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "C" fn on_ready_state_change(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the backend calls it with a live fetch.
    let fetch = unsafe { &*fetch };
    STATES.with_borrow_mut(|states| states.push((fetch.readyState, fetch.status)));
}

unsafe extern "C" fn on_success(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the backend calls it with a live fetch.
    unsafe { ended("success", fetch) };
}

unsafe extern "C" fn on_error(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the backend calls it with a live fetch.
    unsafe { ended("error", fetch) };
}

/// Notes what is there, and what a plain close does; then frees the struct in any case.
///
/// # Safety
/// `pointer` is a live fetch in its terminal callback.
unsafe fn ended(callback: &str, pointer: *mut emscripten_fetch_t) {
    // SAFETY: the caller guarantees a live fetch.
    let fetch = unsafe { &mut *pointer };
    let id = if fetch.id == 0 { "0" } else { "n" };
    let text: String =
        fetch.statusText.iter().take_while(|c| **c != 0).map(|c| char::from(*c as u8)).collect();
    let data = if fetch.data.is_null() { "null" } else { "data" };
    let inside = if INSIDE.get() { ", inside" } else { "" };
    let mut line = format!(
        "{callback}{inside}: {id} {} {} {text:?} {data} {}: ",
        fetch.readyState, fetch.status, fetch.numBytes
    );
    if fetch.status == u16::MAX {
        line += "being closed";
    } else if fetch.id != 0 && fetch.readyState < 4 {
        line += "recursion";
        fetch.readyState = 4;
        // SAFETY: it is live, and not used after.
        unsafe { sys::emscripten_fetch_close(pointer) };
    } else {
        // SAFETY: it is live, and not used after if that succeeds.
        let result = unsafe { sys::emscripten_fetch_close(pointer) };
        line += if result == 0 { "frees" } else { "refused" };
        if result != 0 {
            fetch.readyState = 4;
            fetch.id = u32::MAX;
            // SAFETY: it was refused, so it is live.
            assert_eq!(unsafe { sys::emscripten_fetch_close(pointer) }, 0);
        }
    }
    SEEN.with_borrow_mut(|seen| seen.push(line));
}

/// Starts what C code would.
fn start(method: &str, attributes: u32) -> *mut emscripten_fetch_t {
    let mut attr = MaybeUninit::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr: sys::emscripten_fetch_attr_t = unsafe { attr.assume_init() };
    for (to, from) in attr.requestMethod.iter_mut().zip(method.bytes()) {
        *to = from as c_char;
    }
    attr.attributes = attributes;
    attr.timeoutMSecs = 60_000;
    attr.onsuccess = Some(on_success);
    attr.onerror = Some(on_error);
    attr.onreadystatechange = Some(on_ready_state_change);
    INSIDE.set(true);
    // SAFETY: both live through the call, and there is no request data.
    let fetch = unsafe { sys::emscripten_fetch(&mut attr, KEY.as_ptr()) };
    INSIDE.set(false);
    fetch
}

/// What C sees, path by path: the columns are callback, id, readyState, status, text, data,
/// numBytes, plain close.
#[test]
fn every_path_as_c_sees_it() {
    const GET: &str = "GET";
    const STORE: &str = "EM_IDB_STORE";
    const DELETE: &str = "EM_IDB_DELETE";
    let ok = || Answer::new(200).body("bytes");
    let not_found = || Answer::new(404).body("page");
    const WAIT: u32 = LOAD | REPLACE | SYNCHRONOUS;
    use Cache::{Available, Throwing, Unavailable};
    let paths = [
        (GET, LOAD | REPLACE, ok(), Available, r#"success: n 4 200 "OK" data 5: frees"#),
        (GET, REPLACE, ok(), Available, r#"success: n 4 200 "OK" null 0: frees"#),
        (
            GET,
            LOAD | REPLACE,
            Answer::new(204),
            Available,
            r#"success: n 4 204 "No Content" null 0: frees"#,
        ),
        (
            GET,
            LOAD | REPLACE,
            not_found(),
            Available,
            r#"error: n 4 404 "Not Found" data 4: frees"#,
        ),
        (
            GET,
            LOAD | REPLACE,
            Answer::network_error(),
            Available,
            r#"error: n 4 0 "" null 0: frees"#,
        ),
        (GET, LOAD | REPLACE, ok().breaks_off(), Available, r#"error: n 4 0 "OK" null 0: frees"#),
        (GET, LOAD | REPLACE, Answer::timeout(), Available, r#"error: n 4 0 "" null 0: frees"#),
        (
            GET,
            LOAD | REPLACE,
            Answer::send_throws(),
            Available,
            r#"error, inside: n 0 0 "" null 0: recursion"#,
        ),
        (
            GET,
            LOAD | PERSIST,
            Answer::send_throws(),
            Available,
            r#"error: n 4 404 "Not Found" null 0: frees"#,
        ),
        (GET, LOAD, Answer::cached("bytes"), Available, r#"success: 0 4 200 "OK" data 5: refused"#),
        (GET, 0, Answer::cached("bytes"), Available, r#"success: 0 4 200 "OK" data 5: refused"#),
        (GET, LOAD, Answer::cached(""), Available, r#"success: 0 4 200 "OK" data 0: refused"#),
        (GET, LOAD | PERSIST, ok().reason(""), Available, r#"success: n 4 200 "OK" data 5: frees"#),
        (GET, LOAD, ok().reason(""), Available, r#"success: n 4 200 "Not Found" data 5: frees"#),
        (
            GET,
            LOAD | PERSIST,
            not_found(),
            Available,
            r#"error: n 4 404 "Not Found" data 4: frees"#,
        ),
        (GET, LOAD, Answer::timeout(), Available, r#"error: n 4 0 "Not Found" null 0: frees"#),
        (GET, NO_DOWNLOAD, ok(), Available, r#"error: 0 4 404 "Not Found" null 0: refused"#),
        (
            GET,
            LOAD | REPLACE | PERSIST,
            Answer::new(200).reason("Half").body("x"),
            Available,
            r#"success: n 4 200 "OK" data 1: frees"#,
        ),
        // Upstream would store it.
        (
            GET,
            LOAD | REPLACE | PERSIST,
            Answer::new(206).body("x"),
            Available,
            r#"success: n 4 206 "Partial Content" data 1: frees"#,
        ),
        (
            GET,
            LOAD | REPLACE | PERSIST,
            Answer::new(200).body("x").not_stored(),
            Available,
            r#"success: n 4 413 "Payload Too Large" data 1: frees"#,
        ),
        (
            GET,
            LOAD | REPLACE | PERSIST,
            Answer::new(206).body("x"),
            Unavailable,
            r#"success: n 4 206 "Partial Content" data 1: frees"#,
        ),
        (GET, LOAD | PERSIST, ok(), Throwing, r#"success: n 4 200 "OK" data 5: frees"#),
        (GET, NO_DOWNLOAD, ok(), Unavailable, r#"error, inside: 0 0 0 "" null 0: refused"#),
        (GET, NO_DOWNLOAD, ok(), Throwing, r#"error, inside: 0 0 0 "" null 0: refused"#),
        (STORE, 0, ok(), Unavailable, r#"error, inside: 0 0 0 "" null 0: refused"#),
        (DELETE, 0, ok(), Unavailable, r#"error, inside: 0 0 0 "" null 0: refused"#),
        (STORE, 0, ok(), Available, r#"success: 0 4 200 "OK" null 0: refused"#),
        (
            STORE,
            0,
            Answer::new(413),
            Available,
            r#"error: 0 4 413 "Payload Too Large" null 0: refused"#,
        ),
        (DELETE, 0, ok(), Available, r#"success: 0 4 200 "OK" null 0: refused"#),
        (DELETE, 0, Answer::new(404), Available, r#"error: 0 4 404 "Not Found" null 0: refused"#),
        (
            GET,
            LOAD | REPLACE,
            ok().out_of_memory(),
            Available,
            r#"success: n 4 200 "OK" null 5: frees"#,
        ),
        (GET, WAIT, ok(), Available, r#"success, inside: n 4 200 "OK" data 5: frees"#),
        (GET, WAIT, not_found(), Available, r#"error, inside: n 4 404 "Not Found" data 4: frees"#),
        (
            GET,
            WAIT,
            Answer::network_error(),
            Available,
            r#"error, inside: n 0 0 "" null 0: recursion"#,
        ),
        (GET, WAIT, ok().breaks_off(), Available, r#"error, inside: n 0 0 "" null 0: recursion"#),
        (
            GET,
            WAIT,
            Answer::send_throws(),
            Available,
            r#"error, inside: n 0 0 "" null 0: recursion"#,
        ),
    ];
    for (method, attributes, answer, cache, expected) in paths {
        let script = Script::install();
        script.answer(method, "/x", answer.clone()).cache(cache);
        assert!(!start(method, attributes).is_null());
        run();
        assert_eq!(SEEN.take(), [expected], "{method} {attributes} {answer:?} {cache:?}");
        assert_eq!(script.live_structs(), 0);
    }
    let script = Script::install();
    script.answer(GET, "/x", ok());
    assert!(start(GET, REPLACE | NO_DOWNLOAD).is_null());
    run();
    assert_eq!((SEEN.take(), script.live_structs()), (Vec::new(), 0), "nothing, ever");
}

/// C hears of the last state alone. While it waits, no other callback runs.
#[test]
fn waiting() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(201).body("ab").body("c"));
    start("GET", LOAD | REPLACE);
    STATES.take();
    start("GET", LOAD | REPLACE | SYNCHRONOUS);
    assert_eq!(STATES.take(), [(4, 201)]);
    assert_eq!(SEEN.take(), [r#"success, inside: n 4 201 "Created" data 3: frees"#]);
    run();
    assert_eq!(SEEN.take(), [r#"success: n 4 201 "Created" data 3: frees"#]);
}

/// A blocked thread cannot release it, so it goes on, and the script reports a mistake.
#[test]
fn waiting_for_what_is_held() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).hold(Stage::Head));
    start("GET", LOAD | REPLACE | SYNCHRONOUS);
    assert_eq!(SEEN.take().len(), 1);
    assert!(panic_of(|| drop(script)).contains("GET /x is held while its thread is blocked on it"));

    let script = Script::install();
    script.answer("GET", "/x", Answer::cached("bytes").hold(Stage::Lookup));
    start("GET", LOAD | SYNCHRONOUS);
    assert_eq!(SEEN.take(), [r#"success, inside: 0 4 200 "OK" data 5: refused"#]);
    assert!(panic_of(|| drop(script)).contains("GET /x is held while its thread is blocked on it"));

    // A moment that it does not come to holds nothing.
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).hold(Stage::Store));
    start("GET", LOAD | REPLACE | SYNCHRONOUS);
    assert_eq!(SEEN.take().len(), 1);
}

#[test]
fn closed_in_flight() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).hold(Stage::Head));
    let fetch = start("GET", LOAD | REPLACE);
    run();
    SEEN.take();
    // SAFETY: it is in flight, and not used after.
    unsafe { sys::emscripten_fetch_close(fetch) };
    assert_eq!(
        SEEN.take(),
        [r#"error: n 0 65535 "aborted with emscripten_fetch_close()" null 0: being closed"#]
    );
}

/// Each poll is a turn; `readyState` and `status` change as the events come.
#[test]
fn turn_by_turn() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200).body("ab").body("c"));
    start("GET", LOAD | PERSIST);
    STATES.take();
    let turns: Vec<_> = (0..6)
        .map(|_| {
            poll();
            (STATES.take(), SEEN.take().len())
        })
        .collect();
    let expected = [
        (vec![], 0),         // nothing in the cache
        (vec![(2, 200)], 0), // the headers
        (vec![(3, 200)], 0), // a chunk
        (vec![(3, 200)], 0), // another
        (vec![(4, 200)], 0), // complete
        (vec![], 1),         // and stored
    ];
    assert_eq!(turns, expected);
}

unsafe extern "C" fn keep(_: *mut emscripten_fetch_t) {}

/// A fetch of hand-written code that leaves its struct for the test to close.
fn start_and_keep(url: &str, attributes: u32) -> *mut emscripten_fetch_t {
    let mut attr = MaybeUninit::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr: sys::emscripten_fetch_attr_t = unsafe { attr.assume_init() };
    attr.attributes = attributes;
    attr.onsuccess = Some(keep);
    attr.onerror = Some(keep);
    let url = CString::new(url).unwrap();
    // SAFETY: both live through the call, and there is no request data.
    unsafe { sys::emscripten_fetch(&mut attr, url.as_ptr()) }
}

#[test]
fn a_double_close() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::new(200));
    let fetch = start_and_keep("/x", REPLACE);
    run();
    // SAFETY: it is over, and was not closed.
    assert_eq!(unsafe { sys::emscripten_fetch_close(fetch) }, 0);
    // SAFETY: this is the fault; the script does not look at the struct.
    assert_ne!(unsafe { sys::emscripten_fetch_close(fetch) }, 0);
    assert!(panic_of(|| drop(script)).contains("closed twice"));
}

#[test]
fn a_close_that_would_call_again() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::send_throws());
    let fetch = start_and_keep("/x", REPLACE);
    // SAFETY: it is over, and was not closed.
    assert_eq!(unsafe { sys::emscripten_fetch_close(fetch) }, 0);
    assert!(panic_of(|| drop(script)).contains("closing GET /x would call its onerror again"));
}

#[test]
fn a_close_before_the_cache_has_answered() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::cached("bytes"));
    let fetch = start_and_keep("/x", LOAD);
    // SAFETY: it is live.
    unsafe { (*fetch).id = u32::MAX };
    // SAFETY: upstream would write into what this frees; the script does not.
    assert_eq!(unsafe { sys::emscripten_fetch_close(fetch) }, 0);
    assert!(panic_of(run).contains("GET /x was closed too early"));
}

#[test]
fn a_close_with_the_handle_of_another() {
    let script = Script::install();
    script.answer("GET", "/x", Answer::cached("bytes")).answer(
        "GET",
        "/y",
        Answer::new(200).hold(Stage::Head),
    );
    let cached = start_and_keep("/x", LOAD);
    let other = start_and_keep("/y", LOAD | REPLACE);
    run();
    // SAFETY: it is live.
    let id = unsafe { (*other).id };
    // SAFETY: it is live.
    unsafe { (*cached).id = id };
    // SAFETY: it is over, and was not closed.
    assert_eq!(unsafe { sys::emscripten_fetch_close(cached) }, 0);
    assert!(panic_of(|| drop(script)).contains("GET /y was aborted by the close of another fetch"));
    // SAFETY: nothing else frees it. Its request is gone.
    unsafe { (*other).readyState = 4 };
    // SAFETY: as above.
    assert_eq!(unsafe { sys::emscripten_fetch_close(other) }, 0);
}

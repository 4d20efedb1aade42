//! Exceptions out of the browser's functions, where Emscripten expects none. All of these are
//! simulated.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{CacheMode, CacheStatus, Credentials, Outcome, Request, StartError};
use fetch_shared::pattern::{is_pattern, pattern};
use fetch_shared::scenario::Test;

use super::{in_the_store, leaves_nothing, prepare};
use crate::driver::Run;
use crate::js;

const LEN: usize = 1003;

/// The key of a record.
const RECORD: &str = "exception";

type Make = fn(&Test) -> Request;

/// To be called once: by the handler, or by the test if the request does not start.
type Called = Rc<Cell<Option<Box<dyn FnOnce()>>>>;

/// The name, the function that throws once, and the request that calls it.
#[rustfmt::skip]
const EXCEPTIONS: &[(&str, &str, Make)] = &[
    ("constructor", "globalThis, 'XMLHttpRequest'", get),
    ("open", "XMLHttpRequest.prototype, 'open'", get),
    ("open_of_a_post", "XMLHttpRequest.prototype, 'open'", post),
    ("set_request_header", "XMLHttpRequest.prototype, 'setRequestHeader'", with_all),
    ("override_mime_type", "XMLHttpRequest.prototype, 'overrideMimeType'", with_all),
    ("with_credentials", "XMLHttpRequest.prototype, 'withCredentials', 'set'", with_all),
    ("timeout", "XMLHttpRequest.prototype, 'timeout', 'set'", with_all),
    ("response_type", "XMLHttpRequest.prototype, 'responseType', 'set'", get),
    ("send", "XMLHttpRequest.prototype, 'send'", get),
    ("allocate", "Object.getPrototypeOf(Fetch.xhrs), 'allocate'", get),
    ("copy_of_a_body", "Object.getPrototypeOf(Uint8Array.prototype), 'slice'", post),
    ("view_of_a_body", "Object.getPrototypeOf(Uint8Array.prototype), 'subarray'", post),
    ("upload", "XMLHttpRequest.prototype, 'upload', 'get'", upload),
    ("open_of_an_upload", "XMLHttpRequest.prototype, 'open'", upload),
    ("send_of_an_upload", "XMLHttpRequest.prototype, 'send'", upload),
    ("allocate_of_an_upload", "Object.getPrototypeOf(Fetch.xhrs), 'allocate'", upload),
    ("response", "XMLHttpRequest.prototype, 'response', 'get'", get),
    ("headers", "XMLHttpRequest.prototype, 'getAllResponseHeaders'", get),
    ("constructor_after_a_miss", "globalThis, 'XMLHttpRequest'", cached),
    ("open_after_a_miss", "XMLHttpRequest.prototype, 'open'", cached),
    ("set_request_header_after_a_miss", "XMLHttpRequest.prototype, 'setRequestHeader'", cached),
    ("send_after_a_miss", "XMLHttpRequest.prototype, 'send'", cached),
    ("response_after_a_miss", "XMLHttpRequest.prototype, 'response', 'get'", cached),
    ("lookup", "IDBObjectStore.prototype, 'get'", cached),
    ("lookup_alone", "IDBObjectStore.prototype, 'get'", only_cached),
    ("transaction", "IDBDatabase.prototype, 'transaction'", cached),
    ("object_store", "IDBTransaction.prototype, 'objectStore'", cached),
    ("store_of_a_download", "IDBObjectStore.prototype, 'put'", reload),
    ("store_of_a_record", "IDBObjectStore.prototype, 'put'", record),
    ("transaction_of_a_record", "IDBDatabase.prototype, 'transaction'", record),
    ("copy_of_a_record", "Object.getPrototypeOf(Uint8Array.prototype), 'slice'", record),
    ("view_of_a_record", "Object.getPrototypeOf(Uint8Array.prototype), 'subarray'", record),
    ("deletion", "IDBObjectStore.prototype, 'delete'", delete),
];

fn url(t: &Test) -> String {
    t.url(&format!("/bytes/{LEN}?exception"))
}

fn get(t: &Test) -> Request {
    Request::get(url(t))
}

fn post(t: &Test) -> Request {
    Request::post(t.url("/echo")).body(pattern(LEN))
}

fn upload(t: &Test) -> Request {
    post(t).on_upload(|_| ())
}

fn with_all(t: &Test) -> Request {
    let request = get(t).header("X-One", "1").header("X-Two", "2").mime_type("text/plain");
    request.credentials(Credentials::Include).timeout(Duration::from_secs(50))
}

fn cached(t: &Test) -> Request {
    get(t).header("X-One", "1").cache(CacheMode::ForceCache)
}

fn only_cached(t: &Test) -> Request {
    get(t).cache(CacheMode::OnlyIfCached)
}

fn reload(t: &Test) -> Request {
    get(t).cache(CacheMode::Reload)
}

fn record(_: &Test) -> Request {
    Request::idb_store(RECORD).body("a record")
}

fn delete(_: &Test) -> Request {
    Request::idb_delete(RECORD)
}

pub(crate) fn tests() -> Vec<(String, Run)> {
    let test = |&(name, what, make): &(&'static str, &'static str, Make)| {
        let run: Run =
            Box::new(move |t: &Test| leaves_nothing(t, move |t| exception(t, what, make)));
        (format!("simulated_exception::{name}"), run)
    };
    let mut all: Vec<_> = EXCEPTIONS.iter().map(test).collect();
    all.extend(tests![random_numbers_after_a_copy_that_threw]);
    all
}

/// Either the request has not begun, or its handler is called once.
fn exception(t: &Test, what: &'static str, make: Make) {
    let request = make(t);
    let told = Rc::new(Cell::new(CacheStatus::Bypass));
    let tell = Rc::clone(&told);
    t.then(move |t| {
        prepare();
        js::run(&format!("real.throws({what})"));
        let called: Called = Rc::new(Cell::new(Some(Box::new(t.expect()))));
        let call = Rc::clone(&called);
        let started = request.send_fn(move |response| {
            call.take().expect("once")();
            let thrown = js::evaluate("real.thrown") == "true";
            js::run("real.restore()");
            println!(
                "    {} ({:?}): {:?}",
                response.outcome(),
                response.cache_status(),
                response.status()
            );
            assert!(thrown || response.is_success(), "nothing has thrown: {response:?}");
            if response.is_success() && response.status() == 200 && !response.body().is_empty() {
                assert!(
                    response.body().len() == LEN && is_pattern(response.body(), 0),
                    "{response:?}"
                );
            }
            tell.set(response.cache_status());
        });
        if let Err(error) = started {
            println!("    {error}");
            js::run("real.restore()");
            assert!(!matches!(error, StartError::InvalidUrl { .. }), "{error}");
            called.take().expect("the handler was not called")();
        }
    });
    // The next load finds what the program was told; and the second round misses, too.
    t.then(move |t| {
        for key in [url(t), RECORD.to_owned()] {
            let told = Rc::clone(&told);
            t.send(
                Request::get(key.as_str()).cache(CacheMode::OnlyIfCached),
                move |_, response| {
                    if response.is_success() {
                        assert_eq!(
                            told.replace(CacheStatus::NotStored),
                            CacheStatus::Stored,
                            "{key} is stored"
                        );
                    }
                },
            );
        }
        t.then_first(move |_| assert_ne!(told.get(), CacheStatus::Stored, "nothing is stored"));
    });
    t.then(|t| in_the_store(t, &format!("delete({:?})", url(t))));
    t.then(|t| in_the_store(t, &format!("delete({RECORD:?})")));
}

fn random_bytes() -> [u8; 32] {
    unsafe extern "C" {
        fn getentropy(buffer: *mut c_void, len: usize) -> c_int;
    }

    let mut bytes = [0; 32];
    // SAFETY: there is room for so many.
    assert_eq!(unsafe { getentropy(bytes.as_mut_ptr().cast(), bytes.len()) }, 0);
    bytes
}

/// A hook that stays would have the browser fill a copy of the program's buffer.
fn random_numbers_after_a_copy_that_threw(t: &Test) {
    assert_ne!(random_bytes(), [0; 32], "before");
    for what in ["slice", "subarray", "set"] {
        exception_of_a_record(t, what);
    }
}

fn exception_of_a_record(t: &Test, what: &'static str) {
    t.then(move |t| {
        prepare();
        js::run("real.before = real.fingerprint()");
        js::run(&format!("real.throws(Object.getPrototypeOf(Uint8Array.prototype), {what:?})"));
        let called: Called = Rc::new(Cell::new(Some(Box::new(t.expect()))));
        let call = Rc::clone(&called);
        let request = Request::idb_store(RECORD).body("a record");
        if request.send_fn(move |_| call.take().expect("once")()).is_err() {
            called.take().expect("the handler was not called")();
        }
        js::run("real.restore()");
        assert_eq!(
            js::evaluate("real.fingerprint() === real.before"),
            "true",
            "a hook was left behind"
        );
        assert_ne!(random_bytes(), [0; 32], "after {what} has thrown");
    });
}

/// A page that has frozen the shared prototypes takes no hook, and does not thaw again.
pub(crate) fn frozen() -> Vec<(String, Run)> {
    if cfg!(target_feature = "atomics") {
        return tests![waiting_in_a_frozen_realm];
    }
    tests![a_record_in_a_frozen_realm, a_body_in_a_frozen_realm, a_timeout_in_a_frozen_realm]
}

fn freeze() {
    js::run(
        "for (const name of ['Uint8Array', 'ArrayBuffer', 'Promise', 'XMLHttpRequest',
            'IDBDatabase', 'IDBObjectStore', 'IDBRequest', 'IDBTransaction', 'IDBFactory']) {
            let of = globalThis[name]?.prototype;
            while (of && of !== Object.prototype) {
                Object.freeze(of);
                of = Object.getPrototypeOf(of);
            }
        }",
    );
    assert_eq!(js::evaluate("Object.isFrozen(Uint8Array.prototype)"), "true");
}

/// Exactly its bytes are stored, and not the heap around them.
fn a_record_in_a_frozen_realm(t: &Test) {
    freeze();
    t.send(Request::idb_store("frozen").body("12345"), |_, response| {
        assert_eq!(
            (response.outcome(), response.cache_status()),
            (Outcome::Success, CacheStatus::Stored)
        );
    });
    t.then(|t| in_the_store(t, "look('frozen')"));
    t.then(|t| {
        let record = js::evaluate("real.record");
        assert!(record.ends_with(" 5 5"), "type, length, length of the buffer: {record}");
        t.send(Request::get("frozen").cache(CacheMode::OnlyIfCached), |_, response| {
            assert_eq!(response.body(), b"12345");
        });
    });
    t.then(|t| {
        drop(t.send(Request::idb_delete("frozen"), |_, response| assert!(response.is_success())))
    });
}

fn a_body_in_a_frozen_realm(t: &Test) {
    freeze();
    for mode in [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache] {
        t.then(move |t| {
            t.send(Request::get(t.url("/bytes/1003?frozen")).cache(mode), |_, response| {
                assert!(response.is_success(), "{response:?}");
                assert!(response.body().len() == 1003 && is_pattern(response.body(), 0));
            });
        });
    }
}

fn a_timeout_in_a_frozen_realm(t: &Test) {
    freeze();
    t.send(Request::get(t.url("/slow/5000")).timeout(Duration::from_millis(100)), |_, response| {
        assert_eq!(response.outcome(), Outcome::Timeout);
    });
}

/// Emscripten ignores the timeout of a synchronous fetch. In a page that takes no hook the thread
/// must not wait for ever.
fn waiting_in_a_frozen_realm(t: &Test) {
    freeze();
    let waited = Request::get(t.url("/bytes/1003?frozen")).send_blocking().expect("it begins");
    assert!(waited.body().len() == 1003 && is_pattern(waited.body(), 0), "{waited:?}");
    let slow =
        Request::get(t.url("/slow/3000")).timeout(Duration::from_millis(100)).send_blocking();
    // Refused, or in time: but not as if there had been no timeout.
    assert!(
        slow.is_err() || slow.is_ok_and(|slow| slow.outcome() == Outcome::Timeout),
        "it took its time"
    );
}

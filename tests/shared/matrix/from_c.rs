//! A fetch of C code with the trampolines of a handler.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::CString;

use fetch_runtime::sys::{self, emscripten_fetch_t};
use fetch_runtime::{Response, fetch_handler};

use crate::c_fetch;

/// The body of the handler.
type Then = Box<dyn FnOnce(Response)>;

thread_local! {
    static THEN: Cell<Option<Then>> = const { Cell::new(None) };
}

#[fetch_handler]
fn ended(response: Response) {
    THEN.take().expect("called once")(response);
}

/// A fetch in flight.
pub(super) struct Fetch(*mut emscripten_fetch_t);

pub(super) fn start(url: &str, then: Then) -> Fetch {
    THEN.set(Some(then));
    let attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
    let url = CString::new(url).expect("a URL has no NUL");
    let callbacks = [Some(ended::onsuccess as sys::Callback), Some(ended::onerror), None];
    // SAFETY: they are the trampolines of one handler without a context, so userData may be null.
    Fetch(unsafe { c_fetch::start(&url, attributes, 0, callbacks) })
}

impl Fetch {
    /// Aborts the fetch as C code does.
    pub(super) fn close(self) {
        // SAFETY: it is in flight: its handler has not been called.
        assert_eq!(unsafe { sys::emscripten_fetch_close(self.0) }, sys::EMSCRIPTEN_RESULT_SUCCESS);
    }
}

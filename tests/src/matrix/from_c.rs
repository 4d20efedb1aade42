//! A fetch of C code with the trampolines of a handler.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::CString;
use std::mem::MaybeUninit;

use fetch_runtime::sys::{self, emscripten_fetch_t};
use fetch_runtime::{Response, fetch_handler};

/// What the handler does.
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
    let url = CString::new(url).expect("a URL has no NUL");
    let mut attr = MaybeUninit::uninit();
    // SAFETY: there is room for it.
    unsafe { sys::emscripten_fetch_attr_init(attr.as_mut_ptr()) };
    // SAFETY: it has just been initialized.
    let mut attr = unsafe { attr.assume_init() };
    attr.attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_REPLACE;
    attr.onsuccess = Some(ended::onsuccess);
    attr.onerror = Some(ended::onerror);
    // SAFETY: both live through the call; there is no request data; the trampolines are one handler's, userData is null.
    Fetch(unsafe { sys::emscripten_fetch(&mut attr, url.as_ptr()) })
}

impl Fetch {
    /// As C code aborts it.
    pub(super) fn close(self) {
        // SAFETY: it is in flight: its handler has not been called.
        assert_eq!(unsafe { sys::emscripten_fetch_close(self.0) }, sys::EMSCRIPTEN_RESULT_SUCCESS);
    }
}

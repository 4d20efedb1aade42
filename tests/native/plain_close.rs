//! The leak that the library's close prevents: the plain close of Emscripten's documentation.
#![allow(unsafe_code)]

use std::cell::Cell;

use fetch_runtime::sys::{self, EMSCRIPTEN_RESULT, emscripten_fetch_t};
use fetch_shared::c_fetch;

use crate::backend::{cache, store};

thread_local! {
    static RESULT: Cell<Option<EMSCRIPTEN_RESULT>> = const { Cell::new(None) };
}

unsafe extern "C" fn close_plain(fetch: *mut emscripten_fetch_t) {
    // SAFETY: the backend calls it with a live fetch; nothing uses it afterwards.
    RESULT.set(Some(unsafe { sys::emscripten_fetch_close(fetch) }));
}

/// A load from the cache has no handle, so the close refuses it: the struct, the URL and the body
/// leak. `cargo xtask valgrind` runs this test to show that it would see such a leak elsewhere.
#[test]
#[ignore = "it leaks on purpose, for valgrind to find"]
fn a_load_from_the_cache_leaks() {
    let _folder = cache();
    assert!(store("record", vec![7; 1000]).is_success());
    let attributes = sys::EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | sys::EMSCRIPTEN_FETCH_NO_DOWNLOAD;
    // SAFETY: both callbacks close a live fetch, and do not use its userData.
    unsafe {
        c_fetch::start(c"record", attributes, 0, [Some(close_plain), Some(close_plain), None])
    };
    fetch_runtime::run();
    assert_eq!(RESULT.get(), Some(sys::EMSCRIPTEN_RESULT_INVALID_PARAM));
}

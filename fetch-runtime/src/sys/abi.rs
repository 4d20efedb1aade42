//! The C API's types, flags and constants, as `emscripten/fetch.h` declares them.
//!
//! Offsets are asserted at compile time for 32-bit pointers, the only ones upstream has.

use core::ffi::{c_char, c_int, c_void};

/// `EMSCRIPTEN_RESULT`: 0 or positive is success, negative an error.
pub type EMSCRIPTEN_RESULT = c_int;

/// The call succeeded.
pub const EMSCRIPTEN_RESULT_SUCCESS: EMSCRIPTEN_RESULT = 0;
/// What `emscripten_fetch_close` answers when it refuses, and then it has freed nothing.
pub const EMSCRIPTEN_RESULT_INVALID_PARAM: EMSCRIPTEN_RESULT = -5;

/// Give the body to the terminal callback.
pub const EMSCRIPTEN_FETCH_LOAD_TO_MEMORY: u32 = 1;
/// Give each chunk to `onprogress`.
pub const EMSCRIPTEN_FETCH_STREAM_DATA: u32 = 2;
/// Store the download in IndexedDB.
pub const EMSCRIPTEN_FETCH_PERSIST_FILE: u32 = 4;
/// Do not look into IndexedDB first.
pub const EMSCRIPTEN_FETCH_REPLACE: u32 = 16;
/// Only look into IndexedDB.
pub const EMSCRIPTEN_FETCH_NO_DOWNLOAD: u32 = 32;
/// Return when the request is over; refused on the browser's main thread.
pub const EMSCRIPTEN_FETCH_SYNCHRONOUS: u32 = 64;

/// `requestMethod` has this many bytes, its NUL included.
pub const REQUEST_METHOD_SIZE: usize = 32;
/// `statusText` has this many bytes, its NUL included.
pub const STATUS_TEXT_SIZE: usize = 64;

/// `XMLHttpRequest.UNSENT`
pub const UNSENT: u16 = 0;
/// `XMLHttpRequest.OPENED`
pub const OPENED: u16 = 1;
/// `XMLHttpRequest.HEADERS_RECEIVED`
pub const HEADERS_RECEIVED: u16 = 2;
/// `XMLHttpRequest.LOADING`
pub const LOADING: u16 = 3;
/// `XMLHttpRequest.DONE`
pub const DONE: u16 = 4;

/// A callback of `emscripten_fetch_attr_t`.
pub type Callback = unsafe extern "C" fn(*mut emscripten_fetch_t);

/// What is asked for. `emscripten_fetch` copies it and its strings; the request's data it does not
/// copy.
#[repr(C)]
pub struct emscripten_fetch_attr_t {
    /// An HTTP method, `EM_IDB_STORE` or `EM_IDB_DELETE`, and a NUL. Empty is GET.
    pub requestMethod: [c_char; REQUEST_METHOD_SIZE],
    /// Passed on to the fetch.
    pub userData: *mut c_void,
    /// Called when it ends with a status from 200 to 299.
    pub onsuccess: Option<Callback>,
    /// Called when it ends otherwise.
    pub onerror: Option<Callback>,
    /// Called as the body arrives.
    pub onprogress: Option<Callback>,
    /// Called when `readyState` changes, from `HEADERS_RECEIVED` on.
    pub onreadystatechange: Option<Callback>,
    /// `EMSCRIPTEN_FETCH_*` flags.
    pub attributes: u32,
    /// Milliseconds for the transfer; 0 for no limit.
    pub timeoutMSecs: u32,
    /// An `int` before 3.1.62, a `bool` since: one byte and three of zero are right for both.
    pub withCredentials: [u8; 4],
    /// The cache's key; null for the URL.
    pub destinationPath: *const c_char,
    /// For HTTP authentication; may be null.
    pub userName: *const c_char,
    /// For HTTP authentication; may be null.
    pub password: *const c_char,
    /// Name, value, name, value, …, null; may be null.
    pub requestHeaders: *const *const c_char,
    /// The media type to take the response for; may be null.
    pub overriddenMimeType: *const c_char,
    /// The body. It must stay until the terminal callback.
    pub requestData: *const c_char,
    /// The body's length in bytes.
    pub requestDataSize: usize,
}

/// The part of a fetch that is the same in every version of Emscripten. What follows it is opaque:
/// a fetch is only ever seen behind a pointer, never copied by value.
#[repr(C)]
pub struct emscripten_fetch_t {
    /// The handle of the request in JS; 0 where there is none, as on every path that ends in the
    /// cache.
    pub id: u32,
    /// From the attributes.
    pub userData: *mut c_void,
    /// The URL as it was asked for.
    pub url: *const c_char,
    /// The body, from malloc; may be null.
    pub data: *const c_char,
    /// The body's length, 0 where it is not loaded to memory.
    pub numBytes: u64,
    /// In `onprogress`: how many bytes have arrived.
    pub dataOffset: u64,
    /// The response's length; 0 if unknown.
    pub totalBytes: u64,
    /// `XMLHttpRequest.readyState`.
    pub readyState: u16,
    /// The HTTP status, or what upstream makes up on the paths that end in the cache.
    pub status: u16,
    /// The reason phrase and a NUL.
    pub statusText: [c_char; STATUS_TEXT_SIZE],
}

/// Where Emscripten 4.0.10 and later keep `responseUrl`, a `char *`; earlier structs end here.
#[cfg(target_pointer_width = "32")]
pub const RESPONSE_URL_OFFSET: usize = 200;

#[cfg(target_pointer_width = "32")]
const _: () = {
    use core::mem::{offset_of, size_of};

    assert!(offset_of!(emscripten_fetch_attr_t, requestMethod) == 0);
    assert!(offset_of!(emscripten_fetch_attr_t, userData) == 32);
    assert!(offset_of!(emscripten_fetch_attr_t, onsuccess) == 36);
    assert!(offset_of!(emscripten_fetch_attr_t, onerror) == 40);
    assert!(offset_of!(emscripten_fetch_attr_t, onprogress) == 44);
    assert!(offset_of!(emscripten_fetch_attr_t, onreadystatechange) == 48);
    assert!(offset_of!(emscripten_fetch_attr_t, attributes) == 52);
    assert!(offset_of!(emscripten_fetch_attr_t, timeoutMSecs) == 56);
    assert!(offset_of!(emscripten_fetch_attr_t, withCredentials) == 60);
    assert!(offset_of!(emscripten_fetch_attr_t, destinationPath) == 64);
    assert!(offset_of!(emscripten_fetch_attr_t, userName) == 68);
    assert!(offset_of!(emscripten_fetch_attr_t, password) == 72);
    assert!(offset_of!(emscripten_fetch_attr_t, requestHeaders) == 76);
    assert!(offset_of!(emscripten_fetch_attr_t, overriddenMimeType) == 80);
    assert!(offset_of!(emscripten_fetch_attr_t, requestData) == 84);
    assert!(offset_of!(emscripten_fetch_attr_t, requestDataSize) == 88);
    assert!(size_of::<emscripten_fetch_attr_t>() == 92);

    assert!(offset_of!(emscripten_fetch_t, id) == 0);
    assert!(offset_of!(emscripten_fetch_t, userData) == 4);
    assert!(offset_of!(emscripten_fetch_t, url) == 8);
    assert!(offset_of!(emscripten_fetch_t, data) == 12);
    assert!(offset_of!(emscripten_fetch_t, numBytes) == 16);
    assert!(offset_of!(emscripten_fetch_t, dataOffset) == 24);
    assert!(offset_of!(emscripten_fetch_t, totalBytes) == 32);
    assert!(offset_of!(emscripten_fetch_t, readyState) == 40);
    assert!(offset_of!(emscripten_fetch_t, status) == 42);
    assert!(offset_of!(emscripten_fetch_t, statusText) == 44);
};

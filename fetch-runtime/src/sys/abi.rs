//! The types, flags and constants of the C API, as `emscripten/fetch.h` declares them.
//!
//! For 32-bit pointers, the only ones that upstream's API supports, assertions check the offsets at
//! compile time.

use core::ffi::{c_char, c_int, c_void};

/// The result of a C function: 0 or positive for success, negative for an error.
pub type EMSCRIPTEN_RESULT = c_int;

/// The call succeeded.
pub const EMSCRIPTEN_RESULT_SUCCESS: EMSCRIPTEN_RESULT = 0;
/// The result of `emscripten_fetch_close` if it refuses. It has freed nothing then.
pub const EMSCRIPTEN_RESULT_INVALID_PARAM: EMSCRIPTEN_RESULT = -5;

/// Delivers the body to the terminal callback.
pub const EMSCRIPTEN_FETCH_LOAD_TO_MEMORY: u32 = 1;
/// Delivers each chunk to `onprogress`.
pub const EMSCRIPTEN_FETCH_STREAM_DATA: u32 = 2;
/// Stores the download in IndexedDB.
pub const EMSCRIPTEN_FETCH_PERSIST_FILE: u32 = 4;
/// Skips the lookup in IndexedDB.
pub const EMSCRIPTEN_FETCH_REPLACE: u32 = 16;
/// Looks into IndexedDB only, and never downloads.
pub const EMSCRIPTEN_FETCH_NO_DOWNLOAD: u32 = 32;
/// Makes `emscripten_fetch` return when the request is over. Refused on the browser's main thread.
pub const EMSCRIPTEN_FETCH_SYNCHRONOUS: u32 = 64;

/// The size of `requestMethod` in bytes, including its NUL.
pub const REQUEST_METHOD_SIZE: usize = 32;
/// The size of `statusText` in bytes, including its NUL.
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

/// The attributes of a request. `emscripten_fetch` copies them and their strings, but not the
/// request's body.
#[repr(C)]
pub struct emscripten_fetch_attr_t {
    /// An HTTP method, `EM_IDB_STORE` or `EM_IDB_DELETE`, and a NUL. An empty one means GET.
    pub requestMethod: [c_char; REQUEST_METHOD_SIZE],
    /// Copied to the fetch.
    pub userData: *mut c_void,
    /// Called when the request ends with a status from 200 to 299.
    pub onsuccess: Option<Callback>,
    /// Called when the request ends otherwise.
    pub onerror: Option<Callback>,
    /// Called as the body arrives.
    pub onprogress: Option<Callback>,
    /// Called when `readyState` changes, from [`HEADERS_RECEIVED`] on.
    pub onreadystatechange: Option<Callback>,
    /// `EMSCRIPTEN_FETCH_*` flags.
    pub attributes: u32,
    /// The timeout of the transfer in milliseconds; 0 for no limit.
    pub timeoutMSecs: u32,
    /// An `int` before 3.1.62, a `bool` since. The value in the first byte, and three zero bytes,
    /// are correct for both.
    pub withCredentials: [u8; 4],
    /// The key in the cache; null for the URL.
    pub destinationPath: *const c_char,
    /// The user name for HTTP authentication; may be null.
    pub userName: *const c_char,
    /// The password for HTTP authentication; may be null.
    pub password: *const c_char,
    /// Name, value, name, value, …, null; may be null.
    pub requestHeaders: *const *const c_char,
    /// The media type that overrides the response's; may be null.
    pub overriddenMimeType: *const c_char,
    /// The body. It must live until the terminal callback.
    pub requestData: *const c_char,
    /// The body's length in bytes.
    pub requestDataSize: usize,
}

/// The part of a fetch that is the same in every version of Emscripten. The fields after it are
/// opaque. So use a fetch behind a pointer only, and never copy it by value.
#[repr(C)]
pub struct emscripten_fetch_t {
    /// The handle of the request in JS; 0 if there is none, as on every path that ends in the
    /// cache.
    pub id: u32,
    /// The `userData` of the attributes.
    pub userData: *mut c_void,
    /// The URL of the request.
    pub url: *const c_char,
    /// The body, from `malloc`; may be null.
    pub data: *const c_char,
    /// The body's length in bytes; 0 if it is not loaded to memory.
    pub numBytes: u64,
    /// In `onprogress`, the number of bytes that have arrived.
    pub dataOffset: u64,
    /// The response's length in bytes; 0 if it is unknown.
    pub totalBytes: u64,
    /// `XMLHttpRequest.readyState`.
    pub readyState: u16,
    /// The HTTP status, or a value of upstream's own on the paths that end in the cache.
    pub status: u16,
    /// The reason phrase and a NUL.
    pub statusText: [c_char; STATUS_TEXT_SIZE],
}

/// The offset of `responseUrl`, a `char *`, in bytes. Emscripten has it from 4.0.10 on; earlier
/// structs end at this offset.
#[cfg(target_pointer_width = "32")]
pub const RESPONSE_URL_OFFSET: usize = 200;

/// Fails to compile if a field is not at its offset.
#[cfg(target_pointer_width = "32")]
macro_rules! assert_offsets {
    ($type:ident: $($field:ident $offset:literal),*) => {
        const _: () = {
            $(assert!(core::mem::offset_of!($type, $field) == $offset);)*
        };
    };
}

#[cfg(target_pointer_width = "32")]
assert_offsets!(emscripten_fetch_attr_t: requestMethod 0, userData 32, onsuccess 36, onerror 40,
    onprogress 44, onreadystatechange 48, attributes 52, timeoutMSecs 56, withCredentials 60,
    destinationPath 64, userName 68, password 72, requestHeaders 76, overriddenMimeType 80,
    requestData 84, requestDataSize 88);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<emscripten_fetch_attr_t>() == 92);

#[cfg(target_pointer_width = "32")]
assert_offsets!(emscripten_fetch_t: id 0, userData 4, url 8, data 12, numBytes 16, dataOffset 24,
    totalBytes 32, readyState 40, status 42, statusText 44);

//! The memory that JavaScript fills: bodies, records, chunks, headers.

use core::cell::Cell;
use core::ffi::{CStr, c_char};
use core::ptr::{self, NonNull};
use core::str;

use super::{
    fetch_runtime_absolute, fetch_runtime_chunks, fetch_runtime_headers, fetch_runtime_response,
};
use crate::sys::{Allocation, Received, TAKEN, emscripten_fetch_t};

/// Takes over the body of a complete response, so that upstream does not allocate memory for it.
/// Returns `None` for a network error.
///
/// # Safety
/// `fetch` is live, its `readyState` is `DONE`, and it has a handle.
pub(crate) unsafe fn take_response(fetch: &mut emscripten_fetch_t) -> Option<Received> {
    // SAFETY: the fetch has a handle, and JavaScript does not write to a null pointer.
    let length = unsafe { fetch_runtime_response(fetch.id, ptr::null_mut()) };
    if length == -1 {
        return None;
    }
    if length == 0 {
        return Some(Received::Bytes(Allocation::EMPTY));
    }
    // Upstream neither allocates nor writes if there is a body.
    fetch.data = &raw const TAKEN;
    // A negative number is more than can be allocated.
    let data = allocate(length as usize);
    // SAFETY: the fetch has a handle, and `data` is null or has room for `length` bytes.
    let is_written = unsafe { fetch_runtime_response(fetch.id, data) } == length;
    // SAFETY: `data` is from malloc, and its bytes are written if `is_written` is true.
    Some(unsafe { received(data, length as usize, is_written) })
}

/// Allocates memory. Returns null if there is none, or if a slice cannot have this length.
pub(super) fn allocate(length: usize) -> *mut u8 {
    if length > isize::MAX as usize {
        return ptr::null_mut();
    }
    // SAFETY: `malloc` has no conditions.
    unsafe { libc::malloc(length) }.cast()
}

/// Takes ownership of allocated memory. Frees it if the bytes were not written.
///
/// # Safety
/// `data` is null or from malloc, and has no other owner. If `is_written`, it has `length` bytes,
/// which are written before any code reads them.
pub(super) unsafe fn received(data: *mut u8, length: usize, is_written: bool) -> Received {
    if !is_written || data.is_null() {
        // SAFETY: the caller guarantees that it is null, or from malloc without another owner.
        unsafe { libc::free(data.cast()) };
        return Received::Lost;
    }
    // SAFETY: the caller guarantees that it is from malloc, has no other owner and is written.
    Received::Bytes(unsafe { Allocation::from_malloc(data, length) })
}

/// Allocates memory for the record that a lookup has found, and returns its address. JavaScript
/// writes the record there at once. The address is null if there is no memory.
pub(crate) fn take_record(length: f64) -> (Received, usize) {
    if length == 0.0 {
        return (Received::Bytes(Allocation::EMPTY), 0);
    }
    // A longer record saturates, and is not allocated.
    let length = length as usize;
    let data = allocate(length);
    // SAFETY: it is from malloc, and JavaScript writes all bytes before any code reads them.
    (unsafe { received(data, length, true) }, data.addr())
}

/// The response's headers, as `getAllResponseHeaders` returns them.
///
/// # Safety
/// `fetch` is live, and has a handle.
pub(crate) unsafe fn response_headers(fetch: NonNull<emscripten_fetch_t>) -> Allocation {
    // SAFETY: the caller guarantees a live fetch.
    let id = unsafe { fetch.as_ref() }.id;
    // SAFETY: the caller guarantees a handle.
    let headers = unsafe { fetch_runtime_headers(id) };
    // SAFETY: JavaScript returned null, or a C string in memory from malloc.
    unsafe { take_string(headers) }
}

/// Takes ownership of a C string from malloc, without its NUL. Null gives an empty allocation.
///
/// # Safety
/// `text` is null, or a C string from malloc that has no other owner.
pub(super) unsafe fn take_string(text: *mut c_char) -> Allocation {
    if text.is_null() {
        return Allocation::EMPTY;
    }
    // SAFETY: the caller guarantees a C string.
    let len = unsafe { CStr::from_ptr(text) }.count_bytes();
    // SAFETY: the caller guarantees that it is from malloc and has no other owner.
    unsafe { Allocation::from_malloc(text.cast(), len) }
}

thread_local! {
    /// The chunk that upstream is about to report.
    static CHUNK: Cell<Option<Received>> = const { Cell::new(None) };
}

/// Makes JavaScript copy each chunk of a stream into memory of this crate before upstream reports
/// it. Upstream then allocates none.
///
/// # Safety
/// The fetch of this handle is live, and a stream.
pub(crate) unsafe fn guard_chunks(id: u32) {
    // SAFETY: the caller guarantees a handle, and `allocate_chunk` has no conditions.
    unsafe { fetch_runtime_chunks(id, allocate_chunk) };
}

/// Allocates memory for a chunk. JavaScript writes the chunk there at once, and then reports it.
extern "C" fn allocate_chunk(length: usize) -> *mut u8 {
    let data = allocate(length);
    // SAFETY: it is from malloc, and JavaScript writes all bytes before any code reads them.
    CHUNK.set(Some(unsafe { received(data, length, true) }));
    data
}

/// Takes the chunk that upstream reports.
pub(crate) fn take_chunk() -> Option<Received> {
    CHUNK.take()
}

/// The absolute URL, without its fragment. `None` if JavaScript threw an exception, or there is no
/// memory.
///
/// # Safety
/// None: JavaScript has the URL that [`check_host`] accepted last, which is this one.
pub(crate) unsafe fn absolute_url(_: *const c_char) -> Option<String> {
    // SAFETY: it touches nothing of ours.
    let absolute = unsafe { fetch_runtime_absolute() };
    // SAFETY: JavaScript returned null, or a C string in memory from malloc.
    let absolute = unsafe { take_string(absolute) };
    let absolute = str::from_utf8(absolute.as_slice()).ok()?;
    (!absolute.is_empty()).then(|| absolute.to_owned())
}

//! Emscripten's C functions, and the JavaScript that adds the missing parts.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int, c_void};
use core::mem::{self, offset_of};
use core::ptr::{self, NonNull};

mod memory;

#[cfg(emscripten_threads)]
pub(crate) use super::inbox::{Letter, Ticket};
use super::{
    Accepts, EMSCRIPTEN_RESULT, Exception, Lookup, Refusal, emscripten_fetch_attr_t,
    emscripten_fetch_t,
};
pub(crate) use memory::{
    absolute_url, guard_chunks, response_headers, take_chunk, take_record, take_response,
};

#[link(name = "fetch")]
unsafe extern "C" {
    /// Sets the default attributes: all zeros.
    pub fn emscripten_fetch_attr_init(attr: *mut emscripten_fetch_attr_t);
    /// Starts a fetch.
    pub fn emscripten_fetch(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
    ) -> *mut emscripten_fetch_t;
    /// Frees a fetch, and aborts its request. Refuses a fetch whose `id` is 0.
    pub fn emscripten_fetch_close(fetch: *mut emscripten_fetch_t) -> EMSCRIPTEN_RESULT;
    /// Returns the size of the response's headers in bytes; 0 before they have arrived. The size
    /// includes the NUL up to Emscripten 5, and does not in 6.0.5.
    pub fn emscripten_fetch_get_response_headers_length(fetch: *mut emscripten_fetch_t) -> usize;
    /// Copies as much of the response's headers and a NUL as fits. Returns the number of bytes.
    pub fn emscripten_fetch_get_response_headers(
        fetch: *mut emscripten_fetch_t,
        dst: *mut c_char,
        size: usize,
    ) -> usize;
    /// Makes the browser's event loop call `callback` after that many milliseconds. (The similar
    /// `emscripten_async_call` links upstream's library of browser events: 16 kB of JS.)
    pub(crate) fn emscripten_set_timeout(
        callback: unsafe extern "C" fn(*mut c_void),
        msecs: f64,
        user_data: *mut c_void,
    ) -> c_int;
    /// Cancels such a call.
    pub(crate) fn emscripten_clear_timeout(id: c_int);
}

/// Marks the attributes of the crate's own fetches, so that heal.c leaves them alone. Not a flag of
/// upstream.
pub(crate) const OWN: u32 = 1 << 31;

/// Declares the crate's own JavaScript, which build.rs compiles. The linker takes a C file only if
/// the program uses it. The names distinguish this copy of the crate from another version in the
/// same program.
macro_rules! javascript {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($($parameter:ident: $type:ty),* $(,)?) $(-> $result:ty)?;
    )*) => {
        unsafe extern "C" {
            $(
                $(#[$attribute])*
                #[link_name = concat!("copy_", env!("FETCH_RUNTIME_COPY"), "_", stringify!($name))]
                fn $name($($parameter: $type),*) $(-> $result)?;
            )*
        }
    };
}

javascript! {
    // emscripten/base.c
    fn fetch_runtime_check(url: *const c_char, streams: c_int) -> c_int;
    fn fetch_runtime_start(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
        lost: *mut *mut u8,
    ) -> *mut emscripten_fetch_t;
    fn fetch_runtime_response(id: u32, to: *mut u8) -> isize;
    fn fetch_runtime_headers(id: u32) -> *mut c_char;
    fn fetch_runtime_keep_alive(by: c_int);

    // emscripten/cache.c
    fn fetch_runtime_cache_is_linked() -> c_int;
    fn fetch_runtime_cached(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
        lost: *mut *mut u8,
        also_absolute: usize,
        data: *const c_char,
        size: usize,
        lookup: Lookup,
        token: *mut c_void,
    ) -> *mut emscripten_fetch_t;
    fn fetch_runtime_store(id: u32, refuse: c_int);
    fn fetch_runtime_stored() -> c_int;
    fn fetch_runtime_absolute() -> *mut c_char;

    // emscripten/heap.c
    #[cfg(emscripten_heap_views)]
    fn fetch_runtime_heap() -> c_int;

    // emscripten/node.c
    #[cfg(feature = "node")]
    fn fetch_runtime_node() -> c_int;

    // emscripten/report.c
    fn fetch_runtime_report(text: *const c_char, length: usize);

    // emscripten/stream.c
    fn fetch_runtime_streaming_is_linked() -> c_int;
    fn fetch_runtime_chunks(id: u32, take: unsafe extern "C" fn(usize) -> *mut u8);
}

mod awaiting;
mod base_url;
mod entry;
mod gate;
mod housekeeping;
mod main_loop;
#[cfg(emscripten_threads)]
mod main_thread;
mod resume;
mod suspend;
mod synchronous;
#[cfg(emscripten_threads)]
mod threads;
mod upload;

pub(crate) use awaiting::{ThreadHandle, Waiting, hold, release};
pub(crate) use base_url::set_base_url;
pub(crate) use entry::{
    keep_entry, loaded_url, start_with_entry, take_entry, unix_time, update_entry,
};
pub(crate) use gate::{Gate, Permit};
pub(crate) use housekeeping::{ask_storage, on_namespace, set_budget, work_on_records};
pub(crate) use main_loop::{cancel_main_loop, set_main_loop};
#[cfg(emscripten_threads)]
pub(crate) use main_thread::{Receive, Reply, ask_main, base, tell_main, with_base};
pub(crate) use resume::{drop_parts, has_read_parts, start_resumable, stop_waiting};
pub(crate) use suspend::{may_suspend, resume, suspend};
pub(crate) use synchronous::{may_block, start_synchronous};
#[cfg(emscripten_threads)]
pub(crate) use threads::{can_ask_main, is_main};
pub(crate) use upload::{fetch_upload_supported, start_upload};

/// The reason why this Emscripten cannot send a request from the program's heap. Some browser
/// functions accept only views of an `ArrayBuffer` of fixed length. 6.0.1 and 6.0.2 pass them other
/// views: the body for `send`, and in 6.0.2 also each longer string.
#[cfg(emscripten_heap_views)]
pub(crate) fn unusable_heap(has_body: bool) -> Option<&'static str> {
    // SAFETY: it touches no memory of the program.
    match unsafe { fetch_runtime_heap() } {
        0 => None,
        2 => Some(
            "Emscripten 6.0.2 cannot read strings of a heap that grows in place: \
             use 6.0.3 or later, or link with -sGROWABLE_ARRAYBUFFERS=0",
        ),
        _ if has_body => {
            Some("Emscripten 6.0.1 and 6.0.2 cannot send a body with -pthread: use 6.0.3 or later")
        }
        _ => None,
    }
}

/// Whether the backend can run. JavaScript always can.
pub(crate) const fn is_alive() -> bool {
    true
}

/// Whether the program was linked with IndexedDB. If not, upstream sends requests for the cache
/// over HTTP.
pub(crate) fn fetch_cache_supported() -> bool {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_cache_is_linked() != 0 }
}

/// Whether the program was linked with streaming. If not, upstream ignores the flag, or fails an
/// assertion.
pub(crate) fn fetch_streaming_supported() -> bool {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_streaming_is_linked() != 0 }
}

/// Whether the current terminal callback reports a completed transaction of the cache.
pub(crate) fn was_stored() -> bool {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_stored() != 0 }
}

/// Changes the keepalive counter, the number of reasons for the runtime not to exit. Without
/// `-sEXIT_RUNTIME` or pthreads, the runtime never exits: upstream does not count, and its own
/// functions fail assertions. The counter then has no effect, as long as it is not negative.
pub(crate) fn keep_alive(by: i32) {
    // SAFETY: it touches no memory of the program.
    unsafe { fetch_runtime_keep_alive(by) };
}

/// Reports an error that no user code has caught, as a browser reports an exception in an event
/// handler: by an `error` event of the page or worker, and in its console. The program goes on.
pub(crate) fn report_error(text: &str) {
    // SAFETY: JavaScript reads exactly these bytes, and catches every exception.
    unsafe { fetch_runtime_report(text.as_ptr().cast(), text.len()) };
}

/// Checks whether the host can start a request. Unless the URL is null, also checks whether
/// `XMLHttpRequest.open` would accept it.
///
/// # Errors
/// The reason why one of the checks failed.
///
/// # Safety
/// `url` is null or a live C string.
pub(crate) unsafe fn check_host(url: *const c_char, streams: bool) -> Result<(), Refusal> {
    // SAFETY: the caller guarantees null or a live C string.
    Err(match unsafe { fetch_runtime_check(url, streams.into()) } {
        0 => return Ok(()),
        1 => Refusal::Host("the main module lacks libfetch: link it with -lfetch"),
        2 => return without_xml_http_request(),
        3 => Refusal::Url("the browser cannot parse it"),
        5 => Refusal::Exception,
        _ => Refusal::Url("it is invalid, or relative without a base URL"),
    })
}

/// Gives the host an XMLHttpRequest, if the program can.
#[cfg(feature = "node")]
fn without_xml_http_request() -> Result<(), Refusal> {
    // SAFETY: it touches no memory of the program.
    match unsafe { fetch_runtime_node() } {
        0 => Err(Refusal::Host(
            "the host has no XMLHttpRequest: \
             link with -sFETCH_STREAMING (Emscripten 4.0.21 or later)",
        )),
        _ => Ok(()),
    }
}

#[cfg(not(feature = "node"))]
const fn without_xml_http_request() -> Result<(), Refusal> {
    Err(Refusal::Host(
        "the host has no XMLHttpRequest: \
         enable the feature `node`, and link with -sFETCH_STREAMING",
    ))
}

/// Calls `emscripten_fetch`.
///
/// # Errors
/// If JavaScript threw an exception, which the console shows.
///
/// # Safety
/// The conditions of [`emscripten_fetch`].
pub(crate) unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller gives the same guarantees.
    caught(attr, |lost| unsafe { fetch_runtime_start(attr, url, lost) })
}

/// Calls `emscripten_fetch` for a request that uses the cache.
///
/// With `also_absolute`, the length of a namespace, the fetch's key is that and a relative URL. If
/// the cache has no entry for it, the namespace and the absolute URL without the fragment are
/// looked up.
///
/// JavaScript calls `lookup` with `token` and a number:
/// - the length of a record, in bytes, if one was found. `lookup` returns the address for its
///   bytes;
/// - -3 when these bytes are there. `lookup` returns whether the record is refused: then it is
///   deleted, and counts as missing;
/// - -4 before the lookup waits for another page. `lookup` returns whether the request is to end:
///   then it does not wait;
/// - -1 when the lookup has ended, or -2 if it ended because upstream threw an exception. This is
///   the last call, and it is made in any case. `lookup` returns whether it has ended the request.
///
/// # Errors
/// As [`start`].
///
/// # Safety
/// The conditions of [`emscripten_fetch`]. `lookup` may be called with `token`.
pub(crate) unsafe fn start_cached(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    also_absolute: Option<usize>,
    lookup: Lookup,
    token: *mut c_void,
    _: Option<Accepts>,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // JavaScript copies the record once, at a point where an exception counts as a failed store.
    // SAFETY: the caller guarantees live attributes.
    let record = unsafe { &mut *attr };
    let (data, size) = (
        mem::replace(&mut record.requestData, ptr::null()),
        mem::take(&mut record.requestDataSize),
    );
    let also = also_absolute.map_or(0, |namespace| namespace + 1);
    // SAFETY: the caller gives the same guarantees.
    caught(attr, |lost| unsafe {
        fetch_runtime_cached(attr, url, lost, also, data, size, lookup, token)
    })
}

/// Starts a fetch with `attr`. If JavaScript throws an exception, `start` returns -1, and writes
/// the address of the attributes of the fetch that is left behind.
fn caught(
    attr: *mut emscripten_fetch_attr_t,
    start: impl FnOnce(*mut *mut u8) -> *mut emscripten_fetch_t,
) -> Result<*mut emscripten_fetch_t, Exception> {
    let mut lost = ptr::null_mut();
    let fetch = start(&mut lost);
    if fetch.addr() != usize::MAX {
        return Ok(fetch);
    }
    let Some(attributes) = NonNull::new(lost) else { return Err(Exception { fetch: None }) };
    // Upstream had incremented the keepalive counter.
    keep_alive(-1);
    // SAFETY: the callers of `start` and `start_cached` guarantee live attributes.
    let user_data = unsafe { (*attr).userData };
    let fetch = ATTRIBUTES.iter().find_map(|&offset| {
        let fetch = attributes.as_ptr().wrapping_sub(offset);
        let field =
            fetch.wrapping_add(offset_of!(emscripten_fetch_t, userData)).cast::<*mut c_void>();
        // SAFETY: the attributes are inside a live fetch, and the memory before them is readable.
        if unsafe { field.read_unaligned() } != user_data {
            None
        } else {
            NonNull::new(fetch.cast())
        }
    });
    Err(Exception { fetch })
}

/// The offset of the attributes in a fetch: from Emscripten 3.1.62 on, and before.
const ATTRIBUTES: [usize; 2] = [108, 112];

/// Prepares the store of a complete response that upstream is about to store. With `refuse`, makes
/// the store fail.
///
/// # Safety
/// The fetch of this handle is live, and its `readyState` is `DONE`.
pub(crate) unsafe fn prepare_store(id: u32, refuse: bool) {
    // SAFETY: the caller guarantees a handle.
    unsafe { fetch_runtime_store(id, refuse.into()) };
}

/// The URL after redirects; null if this Emscripten has no field for it.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn response_url(fetch: *mut emscripten_fetch_t) -> *const c_char {
    #[cfg(emscripten_response_url)]
    {
        // SAFETY: build.rs found a version whose struct has the field at this offset.
        let field = unsafe { fetch.cast::<u8>().add(super::RESPONSE_URL_OFFSET) };
        // SAFETY: the field is aligned for a pointer, and null until upstream writes it.
        unsafe { field.cast::<*const c_char>().read() }
    }
    #[cfg(not(emscripten_response_url))]
    {
        let _ = fetch;
        core::ptr::null()
    }
}

//! The real thing: Emscripten's C functions, and the little JS that they lack.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::{self, offset_of};
use core::ptr::{self, NonNull};
use core::str;

use super::{
    Allocation, EMSCRIPTEN_RESULT, Exception, Lookup, Received, Refusal, TAKEN,
    emscripten_fetch_attr_t, emscripten_fetch_t,
};

#[link(name = "fetch")]
unsafe extern "C" {
    /// Fills in the defaults: all zeros.
    pub fn emscripten_fetch_attr_init(attr: *mut emscripten_fetch_attr_t);
    /// Starts a fetch.
    pub fn emscripten_fetch(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
    ) -> *mut emscripten_fetch_t;
    /// Frees a fetch, and ends its request. Refuses one whose `id` is 0.
    pub fn emscripten_fetch_close(fetch: *mut emscripten_fetch_t) -> EMSCRIPTEN_RESULT;
    /// The size of the response's headers, with their NUL up to Emscripten 5, without it in 6.0.5;
    /// 0 before they have come.
    pub fn emscripten_fetch_get_response_headers_length(fetch: *mut emscripten_fetch_t) -> usize;
    /// Copies the response's headers and a NUL, as much as fits; answers how many bytes these are.
    pub fn emscripten_fetch_get_response_headers(
        fetch: *mut emscripten_fetch_t,
        dst: *mut c_char,
        size: usize,
    ) -> usize;
    /// Has `callback` called by the browser's event loop, after that many milliseconds. (The like
    /// `emscripten_async_call` brings in upstream's library of browser events: 16 kB of JS.)
    pub(crate) fn emscripten_set_timeout(
        callback: unsafe extern "C" fn(*mut c_void),
        msecs: f64,
        user_data: *mut c_void,
    ) -> c_int;
    /// Has a callback that was set not be called.
    pub(crate) fn emscripten_clear_timeout(id: c_int);
}

/// The JavaScript that upstream lacks, which build.rs compiles. Of each C file, something is linked
/// only if it is used. The names tell this copy of the crate from another version in the same
/// program.
macro_rules! javascript {
    ($($(#[$attribute:meta])* fn $name:ident($($parameter:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {
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
    fn fetch_runtime_response(id: u32, to: *mut u8) -> f64;
    fn fetch_runtime_headers(id: u32) -> *mut c_char;
    fn fetch_runtime_keep_alive(by: c_int);

    // emscripten/cache.c
    fn fetch_runtime_cache_is_linked() -> c_int;
    fn fetch_runtime_cached(
        attr: *mut emscripten_fetch_attr_t,
        url: *const c_char,
        lost: *mut *mut u8,
        also: *const c_char,
        data: *const c_char,
        size: usize,
        lookup: Lookup,
        token: *mut c_void,
    ) -> *mut emscripten_fetch_t;
    fn fetch_runtime_store(id: u32, refuse: c_int);
    fn fetch_runtime_stored() -> c_int;
    fn fetch_runtime_absolute(url: *const c_char) -> *mut c_char;

    // emscripten/heap.c
    #[cfg(emscripten_heap_views)]
    fn fetch_runtime_heap() -> c_int;

    // emscripten/report.c
    fn fetch_runtime_report(text: *const c_char, length: usize);

    // emscripten/stream.c
    fn fetch_runtime_streaming_is_linked() -> c_int;
    fn fetch_runtime_chunks(id: u32, take: unsafe extern "C" fn(usize) -> *mut u8);
}

/// What needs pthreads. Programs without are not linked with its JS.
#[cfg(target_feature = "atomics")]
mod threads;
#[cfg(not(target_feature = "atomics"))]
#[path = "no_threads.rs"]
mod threads;

pub(crate) use threads::{may_block, start_synchronous};

/// Why this Emscripten cannot do a request on the heap that the program has. 6.0.1 and 6.0.2 hand
/// browsers views of the heap where they take only those of an `ArrayBuffer` of a fixed length: a
/// body for `send`, and 6.0.2 each longer string, too.
#[cfg(emscripten_heap_views)]
pub(crate) fn unusable_heap(has_body: bool) -> Option<&'static str> {
    // SAFETY: it touches nothing of ours.
    match unsafe { fetch_runtime_heap() } {
        0 => None,
        2 => Some(
            "Emscripten 6.0.2 cannot read strings of a heap that grows in place: \
             use 6.0.3 or later, or link with -sGROWABLE_ARRAYBUFFERS=0",
        ),
        _ if has_body => Some(
            "Emscripten 6.0.1 and 6.0.2 cannot send a body in a program that has -pthread: use 6.0.3 or later",
        ),
        _ => None,
    }
}

/// There is always JavaScript.
pub(crate) const fn is_alive() -> bool {
    true
}

/// Whether this program has been linked with IndexedDB. Without, upstream sends whatever is meant
/// for it over HTTP.
pub(crate) fn fetch_cache_supported() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_cache_is_linked() != 0 }
}

/// Whether this program has been linked with streaming. Without, upstream ignores the flag, or
/// fails an assertion.
pub(crate) fn fetch_streaming_supported() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_streaming_is_linked() != 0 }
}

/// Whether the terminal callback that runs now says that a transaction of the cache is complete.
pub(crate) fn was_stored() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_stored() != 0 }
}

/// Counts reasons for the runtime not to exit. Where it never does (without `-sEXIT_RUNTIME` or
/// pthreads), upstream does not count, and its own functions for that fail assertions: there the
/// count means nothing, as long as it is none below 0.
pub(crate) fn keep_alive(by: i32) {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_keep_alive(by) };
}

/// Tells the page of an error that no user code has caught, as a browser reports an exception in an
/// event handler: by an `error` event of the page or worker, and in its console. The program goes
/// on.
pub(crate) fn report_error(text: &str) {
    // SAFETY: JavaScript reads so many bytes, and lets no exception out.
    unsafe { fetch_runtime_report(text.as_ptr().cast(), text.len()) };
}

/// Whether this host can start a request; and, unless the URL is null, whether
/// `XMLHttpRequest.open` would take it.
///
/// # Errors
/// Says which of them is not so, and why.
///
/// # Safety
/// `url` is null or a live C string.
pub(crate) unsafe fn check_host(url: *const c_char, streams: bool) -> Result<(), Refusal> {
    // SAFETY: the caller guarantees null or a live C string.
    Err(match unsafe { fetch_runtime_check(url, streams.into()) } {
        0 => return Ok(()),
        1 => Refusal::Host(
            "the program that has loaded this side module was linked without libfetch: link it with -lfetch",
        ),
        2 => Refusal::Host(
            "there is no XMLHttpRequest: run the program in a browser or a worker, or stream the response (`on_chunk`)",
        ),
        3 => Refusal::Url("the browser cannot parse it"),
        5 => Refusal::Exception,
        _ => Refusal::Url(
            "it is relative, and the host has no page that it is relative to; or it cannot be parsed",
        ),
    })
}

/// Calls `emscripten_fetch`.
///
/// # Errors
/// If JavaScript has thrown an exception, which the console shows.
///
/// # Safety
/// As for [`emscripten_fetch`].
pub(crate) unsafe fn start(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // SAFETY: the caller's guarantee is the same.
    caught(attr, |lost| unsafe { fetch_runtime_start(attr, url, lost) })
}

/// Calls `emscripten_fetch` for a request that uses the cache.
///
/// If the cache has nothing under the fetch's key, `also` is looked up, unless it is null. `lookup`
/// is called with `token` and the length of the record that was found, in bytes, and answers where
/// its bytes go; and in any case once when there is no more lookup: with -1, or with -2 if upstream
/// has thrown an exception. Then it answers whether it has seen to the end of the request.
///
/// # Errors
/// As [`start`].
///
/// # Safety
/// As for [`emscripten_fetch`]. `also` is null or a live C string. `lookup` may be called with
/// `token`.
pub(crate) unsafe fn start_cached(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
    also: *const c_char,
    lookup: Lookup,
    token: *mut c_void,
) -> Result<*mut emscripten_fetch_t, Exception> {
    // A record is copied once, and where an exception is a record that could not be stored.
    // SAFETY: the caller guarantees live attributes.
    let record = unsafe { &mut *attr };
    let (data, size) = (
        mem::replace(&mut record.requestData, ptr::null()),
        mem::take(&mut record.requestDataSize),
    );
    // SAFETY: the caller's guarantee is the same.
    caught(attr, |lost| unsafe {
        fetch_runtime_cached(attr, url, lost, also, data, size, lookup, token)
    })
}

/// Starts a fetch with `attr`. If JavaScript throws an exception, that returns -1, and says where
/// the attributes are of the fetch that is left behind.
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
    // Upstream had counted a reason to stay alive.
    keep_alive(-1);
    // SAFETY: the callers of `start` and `start_cached` guarantee live attributes.
    let user_data = unsafe { (*attr).userData };
    let fetch = ATTRIBUTES.iter().find_map(|&offset| {
        let fetch = attributes.as_ptr().wrapping_sub(offset);
        let field =
            fetch.wrapping_add(offset_of!(emscripten_fetch_t, userData)).cast::<*mut c_void>();
        // SAFETY: the attributes are inside a live fetch, and what precedes them in memory can be
        // read.
        if unsafe { field.read_unaligned() } != user_data {
            None
        } else {
            NonNull::new(fetch.cast())
        }
    });
    Err(Exception { fetch })
}

/// Where the attributes are in a fetch: from Emscripten 3.1.62 on, and before.
const ATTRIBUTES: [usize; 2] = [108, 112];

/// Takes over the body of a response that is complete, so that upstream need not find memory for
/// it. `None` if it is a network error.
///
/// # Safety
/// `fetch` is live, its `readyState` is `DONE`, and it has a handle.
pub(crate) unsafe fn take_response(fetch: &mut emscripten_fetch_t) -> Option<Received> {
    // SAFETY: it has a handle, and nothing is written to a null pointer.
    let length = unsafe { fetch_runtime_response(fetch.id, ptr::null_mut()) };
    if length == -1.0 {
        return None;
    }
    if length == 0.0 {
        return Some(Received::Bytes(Allocation::EMPTY));
    }
    // Upstream neither allocates nor writes where there is a body.
    fetch.data = &raw const TAKEN;
    let data = allocate(length);
    // SAFETY: it has a handle, and `data` is null or has room for so many bytes.
    let is_written = unsafe { fetch_runtime_response(fetch.id, data) } == length;
    // SAFETY: `data` is from malloc, and its bytes are written if that is said.
    Some(unsafe { received(data, length, is_written) })
}

/// Null if there is no memory, or too much for a slice. A length over the address space saturates,
/// and one below 0 is more than a slice can have.
fn allocate(length: f64) -> *mut u8 {
    if !(0.0..=isize::MAX as f64).contains(&length) {
        return ptr::null_mut();
    }
    // SAFETY: nothing is asked of the caller.
    unsafe { libc::malloc(length as usize) }.cast()
}

/// Owns what was allocated for so many bytes; or frees it.
///
/// # Safety
/// `data` is null or from malloc, and has no other owner. If `is_written`, it has so many bytes,
/// which are written before anything reads them.
unsafe fn received(data: *mut u8, length: f64, is_written: bool) -> Received {
    if !is_written || data.is_null() {
        // SAFETY: the caller guarantees null, or that it is from malloc and has no other owner.
        unsafe { libc::free(data.cast()) };
        return Received::Lost;
    }
    // SAFETY: the caller guarantees it.
    Received::Bytes(unsafe { Allocation::from_malloc(data, length as usize) })
}

/// Room for the record that a lookup has found, which JavaScript writes there at once; null if
/// there is no memory for it.
pub(crate) fn take_record(length: f64) -> (Received, usize) {
    if length == 0.0 {
        return (Received::Bytes(Allocation::EMPTY), 0);
    }
    let data = allocate(length);
    // SAFETY: it is from malloc, and JavaScript writes all of it before anything reads it.
    (unsafe { received(data, length, true) }, data.addr())
}

/// The response's headers, as `getAllResponseHeaders` has them.
///
/// # Safety
/// `fetch` is live, and has a handle.
pub(crate) unsafe fn response_headers(fetch: NonNull<emscripten_fetch_t>) -> Allocation {
    // SAFETY: the caller guarantees a live fetch.
    let id = unsafe { fetch.as_ref() }.id;
    // SAFETY: the caller guarantees a handle.
    let headers = unsafe { fetch_runtime_headers(id) };
    // SAFETY: JavaScript has written a C string there, in memory from malloc.
    unsafe { take_string(headers) }
}

/// Owns a C string from malloc, without its NUL. Nothing if it is null.
///
/// # Safety
/// It is null, or a C string from malloc that has no other owner.
unsafe fn take_string(text: *mut c_char) -> Allocation {
    if text.is_null() {
        return Allocation::EMPTY;
    }
    // SAFETY: the caller guarantees a C string.
    let len = unsafe { CStr::from_ptr(text) }.count_bytes();
    // SAFETY: the caller guarantees that it is from malloc, and gives it up.
    unsafe { Allocation::from_malloc(text.cast(), len) }
}

/// Sees to the store of a response that is complete, and about to be stored; or to that it is not.
///
/// # Safety
/// The fetch of this handle is live, and its `readyState` is `DONE`.
pub(crate) unsafe fn prepare_store(id: u32, refuse: bool) {
    // SAFETY: the caller guarantees a handle.
    unsafe { fetch_runtime_store(id, refuse.into()) };
}

thread_local! {
    /// The chunk that is about to be told of.
    static CHUNK: Cell<Option<Received>> = const { Cell::new(None) };
}

/// Has the chunks of a stream copied into memory of ours, before upstream tells of them: then it
/// need not find any.
///
/// # Safety
/// The fetch of this handle is live, and a stream.
pub(crate) unsafe fn guard_chunks(id: u32) {
    // SAFETY: the caller guarantees a handle; `make_room` asks nothing of its caller.
    unsafe { fetch_runtime_chunks(id, make_room) };
}

/// JavaScript writes so many bytes there at once, and then tells of them.
extern "C" fn make_room(length: usize) -> *mut u8 {
    let data = allocate(length as f64);
    // SAFETY: it is from malloc, and JavaScript writes all of it before anything reads it.
    CHUNK.set(Some(unsafe { received(data, length as f64, true) }));
    data
}

/// The chunk that upstream tells of.
pub(crate) fn take_chunk() -> Option<Received> {
    CHUNK.take()
}

/// The absolute URL, without its fragment. `None` if JavaScript has thrown an exception, or there
/// is no memory for it.
///
/// # Safety
/// `url` is a live C string that [`check_host`] has accepted.
pub(crate) unsafe fn absolute_url(url: *const c_char) -> Option<String> {
    // SAFETY: the caller guarantees a live C string.
    let absolute = unsafe { fetch_runtime_absolute(url) };
    // SAFETY: JavaScript has written a C string there, in memory from malloc.
    let absolute = unsafe { take_string(absolute) };
    let absolute = str::from_utf8(absolute.as_slice()).ok()?;
    (!absolute.is_empty()).then(|| absolute.to_owned())
}

/// The URL after redirects; null where this Emscripten has no field for it.
///
/// # Safety
/// `fetch` is live.
pub(crate) unsafe fn response_url(fetch: *mut emscripten_fetch_t) -> *const c_char {
    #[cfg(emscripten_response_url)]
    {
        // SAFETY: build.rs has found a version whose struct has the field there.
        let field = unsafe { fetch.cast::<u8>().add(super::RESPONSE_URL_OFFSET) };
        // SAFETY: it is aligned as a pointer has to be, and null until upstream writes it.
        unsafe { field.cast::<*const c_char>().read() }
    }
    #[cfg(not(emscripten_response_url))]
    {
        let _ = fetch;
        core::ptr::null()
    }
}

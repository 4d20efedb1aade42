//! The real thing: Emscripten's C functions, and the little JS that they lack.
#![allow(unsafe_code)]

use core::ffi::{c_char, c_int, c_void};

use super::{EMSCRIPTEN_RESULT, emscripten_fetch_attr_t, emscripten_fetch_t};

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
    /// The size of the response's headers, with their NUL up to Emscripten 5, without it in 6.0.5; 0 before
    /// they have come.
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

/// JS functions, as the C macro `EM_JS` defines them: the linker finds the source in a symbol of the name
/// `__em_js__` and the function's. The text stays in the program's data, so it has no indentation. Both names end with what
/// tells this copy of the crate from others: two versions may come together in one program.
macro_rules! em_js {
    ($($static:ident: $parameters:literal $body:literal => fn $name:ident($($parameter:ident: $type:ty),*) -> $result:ty;)*) => {
        $(
            #[used]
            #[allow(non_upper_case_globals)]
            #[unsafe(export_name = concat!(stringify!($static), "_", env!("FETCH_RUNTIME_COPY")))]
            static $static: [u8; concat!("(", $parameters, ")<::>", $body, "\0").len()] = {
                let source = concat!("(", $parameters, ")<::>", $body, "\0").as_bytes();
                let mut bytes = [0; concat!("(", $parameters, ")<::>", $body, "\0").len()];
                let mut i = 0;
                while i < bytes.len() {
                    bytes[i] = source[i];
                    i += 1;
                }
                bytes
            };
        )*

        #[link(wasm_import_module = "env")]
        unsafe extern "C" {
            $(#[link_name = concat!(stringify!($name), "_", env!("FETCH_RUNTIME_COPY"))] fn $name($($parameter: $type),*) -> $result;)*
        }
    };
}

/// What needs pthreads. Programs without are not linked with its JS.
#[cfg(target_feature = "atomics")]
#[path = "emscripten/threads.rs"]
mod threads;
#[cfg(not(target_feature = "atomics"))]
#[path = "emscripten/no_threads.rs"]
mod threads;

pub(crate) use threads::{emscripten_fetch_synchronous, may_block};

em_js! {
    __em_js__fetch_runtime_url_is_valid: "const char* url" "{\
        try{\
            new URL(UTF8ToString(url),typeof document=='object'?document.baseURI:location.href);\
            return 1\
        }catch(e){\
            return 0\
        }\
    }" => fn fetch_runtime_url_is_valid(url: *const c_char) -> c_int;

    __em_js__fetch_runtime_supported: "int streaming" "{\
        return(streaming?typeof FetchXHR:typeof Fetch.openDatabase)=='function'\
    }" => fn fetch_runtime_supported(streaming: c_int) -> c_int;

    __em_js__fetch_runtime_cache_available: "" "{\
        try{\
            Fetch.dbInstance.transaction(['FILES'],'readonly');\
            return 1\
        }catch(e){\
            return 0\
        }\
    }" => fn fetch_runtime_cache_available() -> c_int;

    __em_js__fetch_runtime_keep_alive: "int by" "{\
        if(typeof runtimeKeepaliveCounter=='number'&&runtimeKeepaliveCounter+by>=0)runtimeKeepaliveCounter+=by\
    }" => fn fetch_runtime_keep_alive(by: c_int) -> ();

    __em_js__fetch_runtime_copy_stored: "int begin" "{\
        var of=Uint8Array.prototype,subarray=of.subarray;\
        if(begin)\
            of.subarray=function(from,to){\
                return this.buffer===HEAPU8.buffer?this.slice(from,to):subarray.call(this,from,to)\
            };\
        else delete of.subarray;\
        return 0\
    }" => fn fetch_runtime_copy_stored(begin: c_int) -> c_int;
}

#[cfg(emscripten_heap_views)]
em_js! {
    __em_js__fetch_runtime_heap: "" "{\
        var of=HEAPU8.buffer;\
        return of.resizable?2:+!(of instanceof ArrayBuffer)\
    }" => fn fetch_runtime_heap() -> c_int;
}

/// Why this Emscripten cannot do a request on the heap that the program has. 6.0.1 and 6.0.2 hand browsers views of the heap
/// where they take only those of an `ArrayBuffer` of a fixed length: a body for `send`, and 6.0.2 each longer string, too.
#[cfg(emscripten_heap_views)]
pub(crate) fn unusable_heap(has_body: bool) -> Option<&'static str> {
    // SAFETY: it touches nothing of ours.
    match unsafe { fetch_runtime_heap() } {
        0 => None,
        2 => Some(
            "6.0.2 cannot read strings of a heap that grows in place: \
             use 6.0.3 or later, or link with -sGROWABLE_ARRAYBUFFERS=0",
        ),
        _ if has_body => {
            Some("6.0.1 and 6.0.2 cannot send a body in a program that has -pthread: use 6.0.3 or later")
        }
        _ => None,
    }
}

/// There is always JS.
pub(crate) const fn is_alive() -> bool {
    true
}

/// Whether this program has been linked with IndexedDB. Without, upstream sends whatever is meant for it over HTTP.
pub(crate) fn fetch_cache_supported() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_supported(0) != 0 }
}

/// Whether this program has been linked with streaming. Without, upstream ignores the flag, or fails an assertion.
pub(crate) fn fetch_streaming_supported() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_supported(1) != 0 }
}

/// Whether IndexedDB can be used now. Upstream's connection may have been closed by the browser since it was opened.
pub(crate) fn fetch_cache_available() -> bool {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_cache_available() != 0 }
}

/// Counts reasons for the runtime not to exit. Where it never does (without `-sEXIT_RUNTIME` or pthreads), upstream does not
/// count, and its own functions for that fail assertions: there the count means nothing, as long as it is none below 0.
pub(crate) fn keep_alive(by: i32) {
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_keep_alive(by) };
}

/// Whether `XMLHttpRequest.open` would take it, and why not.
///
/// # Safety
/// `url` is a live C string.
pub(crate) unsafe fn check_url(url: *const c_char) -> Result<(), &'static str> {
    // SAFETY: the caller guarantees a live C string.
    if unsafe { fetch_runtime_url_is_valid(url) } != 0 { Ok(()) } else { Err("the browser cannot parse it") }
}

/// Starts a store of exactly its bytes. From 6.0.1 upstream hands IndexedDB a view of the heap, and with it
/// the whole heap is stored; while it does so, a view is a copy. Nothing else runs meanwhile.
///
/// # Safety
/// As for [`emscripten_fetch`].
pub(crate) unsafe fn emscripten_fetch_store(
    attr: *mut emscripten_fetch_attr_t,
    url: *const c_char,
) -> *mut emscripten_fetch_t {
    // SAFETY: it touches nothing of ours, and is undone below.
    unsafe { fetch_runtime_copy_stored(1) };
    // SAFETY: the caller's guarantee is the same.
    let fetch = unsafe { emscripten_fetch(attr, url) };
    // SAFETY: it touches nothing of ours.
    unsafe { fetch_runtime_copy_stored(0) };
    fetch
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

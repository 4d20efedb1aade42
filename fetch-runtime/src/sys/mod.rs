//! Emscripten's C API as it is, for code that calls it by hand: types, flags and functions of
//! [`emscripten/fetch.h`][fetch]. Natively, the embedded backend has the same functions.
//!
//! Nothing here is guarded. What the API does on each path is told in the README; a
//! `#[fetch_handler]` gives trampolines that can be used as its `onsuccess` and `onerror`.
//!
//! [fetch]: https://emscripten.org/docs/api_reference/fetch.html

#[allow(non_camel_case_types, non_snake_case)]
mod abi;
mod start;

#[cfg(target_os = "emscripten")]
#[path = "emscripten.rs"]
pub(crate) mod backend;
#[cfg(not(target_os = "emscripten"))]
#[path = "native/mod.rs"]
pub(crate) mod backend;
/// The native backend's state machine, which is to compile for Emscripten, too. A build with
/// `--cfg fetch_machine` checks that.
#[cfg(all(target_os = "emscripten", fetch_machine))]
#[allow(dead_code)]
#[path = "native/machine/mod.rs"]
mod machine;

pub use abi::*;
pub use backend::{
    emscripten_fetch, emscripten_fetch_attr_init, emscripten_fetch_close,
    emscripten_fetch_get_response_headers, emscripten_fetch_get_response_headers_length,
};
pub(crate) use start::{Exception, Lookup, Received, Refusal, TAKEN};

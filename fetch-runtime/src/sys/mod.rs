//! Emscripten's C API, for code that calls it directly: the types, flags and functions of
//! [`emscripten/fetch.h`][fetch]. On the desktop, the native backend provides the same functions.
//!
//! These functions have no guards. [`guide::upstream`](crate::guide::upstream) describes the API on
//! each path. A `#[fetch_handler]` provides an `onsuccess` and an `onerror` for C.
//!
//! [fetch]: https://emscripten.org/docs/api_reference/fetch.html

#[allow(non_camel_case_types, non_snake_case)]
mod abi;
mod allocation;
pub(crate) mod cache_mode;
pub(crate) mod credentials;
pub(crate) mod entry_text;
pub(crate) mod forbidden_headers;
pub(crate) mod housekeeping;
#[cfg(any(emscripten_threads, test))]
mod inbox;
pub(crate) mod namespace;
pub(crate) mod null_body_status;
mod shared;
mod start;
mod string_array;
pub(crate) mod token;
pub(crate) mod unwind;

#[cfg(target_os = "emscripten")]
pub(crate) mod emscripten;
/// The native backend's state machine, which is to compile for Emscripten, too. A build with
/// `--cfg fetch_machine` checks that.
#[cfg(all(target_os = "emscripten", fetch_machine))]
#[allow(dead_code, unused_imports)]
// cargo-mutants reads the same files for the native backend.
#[cfg_attr(test, mutants::skip)]
#[path = "native/machine/mod.rs"]
mod machine;
#[cfg(not(target_os = "emscripten"))]
pub(crate) mod native;

#[cfg(target_os = "emscripten")]
pub(crate) use emscripten as backend;
#[cfg(not(target_os = "emscripten"))]
pub(crate) use native as backend;

pub use abi::*;
pub(crate) use allocation::Allocation;
pub use backend::{
    emscripten_fetch, emscripten_fetch_attr_init, emscripten_fetch_close,
    emscripten_fetch_get_response_headers, emscripten_fetch_get_response_headers_length,
};
#[cfg(all(target_os = "emscripten", not(target_feature = "atomics")))]
pub(crate) use shared::OfOnlyThread;
pub(crate) use shared::{OfThread, Owned, Shared, of_each_thread};
pub(crate) use start::{Accepts, Decide, Decision, Exception, Lookup, Received, Refusal, TAKEN};
pub(crate) use string_array::StringArray;

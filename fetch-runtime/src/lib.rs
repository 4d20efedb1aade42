//! Emscripten's Fetch API, made safe.
//!
//! Programs that Emscripten compiles for the web (`wasm32-unknown-emscripten`) cannot use crates
//! built on wasm-bindgen. They have [Emscripten's C Fetch API][fetch], which leaks, calls back
//! twice and throws. This crate wraps it: a request is awaited, or given a handler, and ends
//! exactly once. Its C struct is freed on every path, even if the response comes from IndexedDB.
//!
//! ```no_run
//! use fetch_runtime::{Response, StartError, fetch, fetch_handler, spawn_local};
//!
//! async fn load() -> Result<(), Box<dyn std::error::Error>> {
//!     let response = fetch!(GET "https://example.com/level/1", cache: ForceCache).await?;
//!     println!("{} bytes", response.into_result()?.body().len());
//!     Ok(())
//! }
//!
//! #[fetch_handler]
//! fn loaded(response: Response) {
//!     println!("{} {} bytes", response.status(), response.body().len());
//! }
//!
//! fn main() -> Result<(), StartError> {
//!     spawn_local(load());
//!     fetch!(GET "https://example.com/data.bin" => loaded)?;
//!     fetch_runtime::run(); // desktop: runs until nothing is in flight; web: returns at once
//!     Ok(())
//! }
//! ```
//!
//! # Three ways to wait
//! - [`fetch!(…).await`](ResponseFuture), in an `async fn` and under any executor: for requests
//!   that follow each other. Dropping the future aborts the request. See the guide *Awaiting*.
//! - `fetch!(… => handler)`: the program goes on, and the handler is called once. C code can use
//!   handlers, too.
//! - [`send_blocking`](Request::send_blocking): for threads that may block, and for `main`.
//!
//! A handler gets the [`Response`]. `.await` and `send_blocking()` give a
//! `Result<Response, StartError>`. However a request ends after its start, its `Response` says so,
//! and [`into_result`](Response::into_result) turns that into an [`Error`].
//!
//! The same program runs on the desktop, where the native backend stands in for the browser. It
//! has a real HTTP client and a real cache on disk behind the same C functions; the module
//! [`native`] has its settings. So plain `cargo test` can test handlers.
//!
//! # A game's main loop
//! [`main_loop`](main_loop()) runs a game's frames on both targets: on the web in Emscripten's main
//! loop, on the desktop in one of its own. Requests and tasks go on between the frames.
//!
//! A program that keeps its own loop on the desktop, such as that of SDL, raylib or winit, calls
//! [`poll`] once per frame. If it calls `emscripten_set_main_loop` itself, it declares that
//! function and its frame as `extern "C-unwind"`, not `extern "C"`: `exit` throws a JS exception,
//! and so does a main loop that starts with `simulate_infinite_loop`. Newer versions of Rust use
//! WebAssembly's own exceptions. With these, an exception that passes through an `extern "C"`
//! function aborts the program (seen with Emscripten 6.0.5).
//!
//! # Features
//! - `native` (default): the native backend. On Emscripten it adds no dependency: the crate needs
//!   only `libc` there.
//! - `futures`: a [`ResponseStream`] is a `Stream` of futures-core, and can be read as an
//!   `AsyncRead` of futures-io.
//! - `script`: the module `native::script`, which plays scripted answers. Enable it among your
//!   `dev-dependencies`, to test handlers.
//!
//! [fetch]: https://emscripten.org/docs/api_reference/fetch.html

#[cfg(not(any(target_os = "emscripten", feature = "native")))]
compile_error!("outside Emscripten, fetch-runtime needs its default feature `native`");

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod base_url;
mod bridge;
mod extras;
mod flight;
mod future;
mod handler;
mod main_loop;
mod named;
mod not_a_future;
mod panic;
mod raw;
mod request;
mod response;
mod run;
mod stats;
pub mod sys;
mod task;
mod thread;

pub use base_url::{BaseUrlError, set_base_url};
pub use extras::{AbortController, AbortSignal, AsAbortSignal};
pub use fetch_macros::{fetch, fetch_handler};
pub use flight::Fetch;
#[cfg(feature = "futures")]
pub use future::BodyReader;
pub use future::{ResponseFuture, ResponseStream, StreamFuture};
pub use handler::{Handler, HandlerInput, HandlerOutput, NoContext};
pub use main_loop::main_loop;
pub use request::{
    CacheMode, Credentials, IntoHeaderValue, Request, RequestBody, RequestString, StartError,
    encode_component,
};
pub use response::{Body, CacheStatus, Chunk, Error, Headers, Iter, Outcome, Progress, Response};
pub use run::{poll, run};
pub use stats::{Stats, stats};
pub use task::{AbortHandle, Elapsed, Sleep, block_on, sleep, spawn_local, timeout};

/// Guides. They exist in the documentation only.
#[cfg(doc)]
pub mod guide {
    #[doc = include_str!("../docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("../docs/awaiting.md")]
    pub mod awaiting {}
    #[doc = include_str!("../docs/linking.md")]
    pub mod linking {}
    #[doc = include_str!("../docs/upstream.md")]
    pub mod upstream {}
}

/// The native backend: its settings, and scripted answers for tests.
#[cfg(all(not(target_os = "emscripten"), feature = "native"))]
pub mod native {
    #[cfg(feature = "script")]
    pub use crate::sys::backend::script;
    pub use crate::sys::backend::{cache_dir, set_cache_dir};
}

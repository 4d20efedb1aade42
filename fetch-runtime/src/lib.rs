//! Emscripten's Fetch API, made safe.
//!
//! Programs that Emscripten compiles for the web (`wasm32-unknown-emscripten`) cannot use crates
//! built on wasm-bindgen; they have [Emscripten's C Fetch API][fetch], which leaks, calls back
//! twice and throws. This crate wraps it: a request that was started ends with exactly one call of
//! its handler, and its C struct is freed on every path, a response served from IndexedDB included.
//!
//! ```no_run
//! use fetch_runtime::{Response, StartError, fetch, fetch_handler};
//!
//! #[fetch_handler]
//! fn loaded(response: Response) {
//!     println!("{} {} bytes", response.status(), response.body().len());
//! }
//!
//! fn main() -> Result<(), StartError> {
//!     fetch!(GET "https://example.com/data.bin" => loaded)?;
//!     fetch_runtime::run(); // natively: until nothing is in flight; on the web: returns at once
//!     Ok(())
//! }
//! ```
//!
//! The same program runs on the desktop, where an embedded backend stands in for the browser: a
//! real HTTP client and a real cache on disk behind the same C functions, in [`native`]. Handlers
//! can be tested there with plain `cargo test`.
//!
//! # A game's main loop
//! On the web, `emscripten_set_main_loop` calls a function once per frame. Natively the loop is
//! your own, and [`poll`] makes the callbacks.
//!
//! ```rust,no_run
//! /// Draws a frame. Answers whether the game goes on.
//! fn frame() -> bool {
//!     true
//! }
//!
//! #[cfg(target_os = "emscripten")]
//! fn main_loop() {
//!     unsafe extern "C-unwind" {
//!         fn emscripten_set_main_loop(frame: extern "C-unwind" fn(), fps: i32, simulate_infinite_loop: bool);
//!     }
//!     extern "C-unwind" fn on_frame() {
//!         if !frame() {
//!             std::process::exit(0);
//!         }
//!     }
//!     // SAFETY: the function may be called at any time; 0 frames per second are as many as the display shows.
//!     unsafe { emscripten_set_main_loop(on_frame, 0, false) }
//! }
//!
//! #[cfg(not(target_os = "emscripten"))]
//! fn main_loop() {
//!     while frame() {
//!         fetch_runtime::poll();
//!     }
//! }
//!
//! fn main() {
//!     main_loop();
//! }
//! ```
//!
//! Write `extern "C-unwind"`, and not `extern "C"`: `exit`, and a main loop that is started with
//! `simulate_infinite_loop`, throw a JS exception. With the exceptions of WebAssembly, which a
//! newer Rust has (seen with Emscripten 6.0.5), an `extern "C"` function aborts the program when
//! one comes through it.
//!
//! # Features
//! - `native` (default): the embedded backend. On Emscripten it brings nothing in: there, this
//!   crate needs `libc` alone.
//! - `script`: the module `native::script`, which plays scripted answers, for tests of your
//!   handlers: put it among your `dev-dependencies`.
//!
//! [fetch]: https://emscripten.org/docs/api_reference/fetch.html

#[cfg(not(any(target_os = "emscripten", feature = "native")))]
compile_error!("outside Emscripten, fetch-runtime needs its default feature `native`");

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod bridge;
mod extras;
mod flight;
mod handler;
mod named;
mod panic;
mod raw;
mod request;
mod response;
mod run;
mod stats;
pub mod sys;
mod thread;

pub use extras::{AbortController, AbortSignal, AsAbortSignal};
pub use fetch_macros::{fetch, fetch_handler};
pub use flight::Fetch;
pub use handler::{Handler, HandlerInput, HandlerOutput, NoContext};
pub use request::{
    CacheMode, Credentials, IntoHeaderValue, Request, RequestBody, RequestString, StartError,
    encode_component,
};
pub use response::{Body, CacheStatus, Chunk, Error, Headers, Iter, Outcome, Progress, Response};
pub use run::{poll, run};
pub use stats::{Stats, stats};

/// Guides, for the documentation alone.
#[cfg(doc)]
pub mod guide {
    #[doc = include_str!("../docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("../docs/linking.md")]
    pub mod linking {}
    #[doc = include_str!("../docs/upstream.md")]
    pub mod upstream {}
}

/// The embedded backend: its settings, and scripted answers for tests.
#[cfg(all(not(target_os = "emscripten"), feature = "native"))]
pub mod native {
    #[cfg(feature = "script")]
    pub use crate::sys::backend::script;
    pub use crate::sys::backend::{BaseUrlError, cache_dir, set_base_url, set_cache_dir};
}

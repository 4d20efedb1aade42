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
//!
//! | feature | brings | crates on the web, beside libc |
//! |---|---|--:|
//! | `native` (default) | the native backend with all its parts: see [Parts](#parts) | 0 |
//! | `json` | [`Request::json`], [`Response::json`] | 6 |
//! | `form` | [`Request::form`], [`Request::query`] | 7 |
//! | `integrity` | `Request::integrity`; `Manifest`, for many files | 7 |
//! | `futures` | a [`ResponseStream`] is a `Stream`; [`BodyReader`] is an `AsyncRead` | 2 |
//! | `bytes` | a [`Body`] becomes `Bytes`, and `Bytes` a [`RequestBody`], without a copy | 1 |
//! | `http` | the types of http and http-body; it includes `bytes` | 4 |
//! | `tower` | [`Client`], a `Service` of tower; [`SendClient`]; it includes `http` | 6 |
//! | `observer` | [`set_observer`]: a function sees the start and end of each request | 0 |
//! | `log` | records of the crate log, `debug`, and `warn` for failures | 1 |
//! | `node` | programs for the web run under Node, too | 0 |
//! | `script` | the module `native::script`: scripted answers, for `dev-dependencies` | 0 |
//!
//! # Parts
//! On the desktop, a program needs the native backend, or some of its parts. On the web, all of
//! them mean nothing, as the browser has them.
//!
//! | feature | part of the native backend |
//! |---|---|
//! | `native-http` | the backend itself: the module [`native`], HTTP/1.1, cookies, local files |
//! | `native-https` | TLS, with the system's certificates; and SHA-2 for Digest authentication |
//! | `native-http2` | HTTP/2, if the server speaks it |
//! | `native-cache` | the cache on disk, which is in a SQLite database |
//! | `native-compression` | bodies that the server has compressed: gzip, deflate, Brotli |
//!
//! A program that builds faster without some of them chooses:
//!
//! ```toml
//! fetch-runtime = { version = "0.1", default-features = false, features = ["native-https"] }
//! ```
//!
//! A request that needs a missing part does not start, and the [`StartError`] names the feature.
//! After a redirect to such a URL, the request is a network error, whose cause does. Without
//! `native-compression`, requests ask for bodies that are not compressed.
//!
//! # Guides
//! - [*Getting started*](guide::getting_started): from the first request to a browser
//! - [*Requests and responses*](guide::requests): all options, URLs, outcomes, errors
//! - [*Awaiting*](guide::awaiting), [*Streaming*](guide::streaming), and
//!   [*Concurrency and timeouts*](guide::concurrency)
//! - [*The cache*](guide::caching), [*Resuming*](guide::resuming), and the guide *Integrity* of the
//!   feature `integrity`
//! - [*Testing*](guide::testing), and [*Browsers*](guide::browsers): how to run a program
//! - [*Ecosystem*](guide::ecosystem): http, tower and others. [*Coming from*](guide::coming_from)
//!   lists the calls of reqwest, ehttp and gloo-net
//! - [*From C*](guide::from_c)
//! - [*Shipping*](guide::shipping), [*Linking*](guide::linking), and [*Limits*](guide::limits)
//! - [*Benchmarks*](guide::benchmarks), [*Upstream*](guide::upstream), and
//!   [*Architecture*](guide::architecture)
//!
//! [fetch]: https://emscripten.org/docs/api_reference/fetch.html

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(target_os = "emscripten", feature = "native-http")))]
compile_error!(
    "outside Emscripten, fetch-runtime needs its default feature `native`, or `native-http`"
);

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod base_url;
mod bridge;
pub mod cache;
mod counters;
mod ecosystem;
mod extras;
mod flight;
mod future;
mod handler;
mod limit;
mod main_loop;
#[cfg(feature = "integrity")]
mod manifest;
#[cfg(not(all(feature = "form", feature = "integrity", feature = "json")))]
mod missing_feature;
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
#[cfg(feature = "tower")]
pub use ecosystem::{
    Client, ClientError, ClientFuture, ResponseBody, SendBody, SendClient, SendClientFuture,
};
pub use extras::{AbortController, AbortSignal, AsAbortSignal};
pub use fetch_macros::{fetch, fetch_handler};
pub use flight::Fetch;
#[cfg(feature = "observer")]
pub use flight::observer::{RequestEvent, SetObserverError, set_observer};
#[cfg(feature = "futures")]
pub use future::BodyReader;
pub use future::{ResponseFuture, ResponseStream, StreamFuture};
pub use handler::{Handler, HandlerInput, HandlerOutput, NoContext};
pub use limit::set_max_in_flight;
pub use main_loop::main_loop;
#[cfg(feature = "integrity")]
pub use manifest::{FailedFile, Manifest, ManifestError, ManifestLoad, ManifestProgress};
pub use request::{
    CacheMode, Credentials, IntoHeaderValue, Multipart, Part, Request, RequestBody, RequestString,
    RequestView, StartError, encode_component,
};
#[cfg(feature = "json")]
pub use response::JsonError;
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
    #[doc = include_str!("../docs/benchmarks.md")]
    pub mod benchmarks {}
    #[doc = include_str!("../docs/browsers.md")]
    pub mod browsers {}
    #[doc = include_str!("../docs/caching.md")]
    pub mod caching {}
    #[cfg(all(feature = "form", feature = "json", feature = "http"))]
    #[doc = include_str!("../docs/coming_from.md")]
    pub mod coming_from {}
    #[doc = include_str!("../docs/concurrency.md")]
    pub mod concurrency {}
    #[cfg(feature = "tower")]
    #[doc = include_str!("../docs/ecosystem.md")]
    pub mod ecosystem {}
    #[doc = include_str!("../docs/from_c.md")]
    pub mod from_c {}
    #[doc = include_str!("../docs/getting_started.md")]
    pub mod getting_started {}
    #[doc = include_str!("../docs/housekeeping.md")]
    pub mod housekeeping {}
    #[cfg(feature = "integrity")]
    #[doc = include_str!("../docs/integrity.md")]
    pub mod integrity {}
    #[doc = include_str!("../docs/limits.md")]
    pub mod limits {}
    #[doc = include_str!("../docs/linking.md")]
    pub mod linking {}
    #[cfg(all(feature = "form", feature = "json"))]
    #[doc = include_str!("../docs/requests.md")]
    pub mod requests {}
    #[doc = include_str!("../docs/resuming.md")]
    pub mod resuming {}
    #[doc = include_str!("../docs/shipping.md")]
    pub mod shipping {}
    #[doc = include_str!("../docs/streaming.md")]
    pub mod streaming {}
    #[doc = include_str!("../docs/testing.md")]
    pub mod testing {}
    #[doc = include_str!("../docs/uploads.md")]
    pub mod uploads {}
    #[doc = include_str!("../docs/upstream.md")]
    pub mod upstream {}
}

/// The native backend: its settings, and scripted answers for tests.
///
/// Programs for the web do not have it: what names it stands behind
/// `#[cfg(not(target_os = "emscripten"))]`.
#[cfg(any(all(not(target_os = "emscripten"), feature = "native-http"), all(doc, docsrs)))]
#[cfg_attr(docsrs, doc(cfg(all(not(target_os = "emscripten"), feature = "native-http"))))]
pub mod native {
    #[cfg(all(not(target_os = "emscripten"), feature = "script"))]
    pub use crate::sys::backend::script;
    #[cfg(not(target_os = "emscripten"))]
    pub use crate::sys::backend::{cache_dir, set_cache_dir};
}

//! The optional parts of a request, each with its builder method.

pub(crate) mod cache;
mod deadline;
#[cfg(emscripten_threads)]
mod errand;
mod http_cache;
mod idle;
#[cfg(feature = "integrity")]
mod integrity;
mod mode;
pub(crate) mod progress;
mod resume;
mod signal;
pub(crate) mod stream;
mod upload;

pub use signal::{AbortController, AbortSignal, AsAbortSignal};

//! The optional parts of a request, each with its builder method.

pub(crate) mod cache;
mod deadline;
pub(crate) mod progress;
mod signal;
pub(crate) mod stream;

pub use signal::{AbortController, AbortSignal, AsAbortSignal};

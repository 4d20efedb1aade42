//! Tasks: a small executor for the thread's event loop.

mod async_handler;
mod block_on;
mod executor;
pub(crate) mod hooks;
mod queue;
mod sleep;
mod tasks;
mod timeout;

pub use async_handler::call_async;
pub use block_on::block_on;
pub use executor::{AbortHandle, spawn_local};
pub use sleep::{Sleep, sleep};
pub use timeout::{Elapsed, timeout};

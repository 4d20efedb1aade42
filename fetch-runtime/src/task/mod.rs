//! Tasks: a small executor for the thread's event loop.

mod block_on;
mod executor;
pub(crate) mod hooks;
mod queue;
mod sleep;
mod tasks;
mod timeout;

pub use block_on::block_on;
pub use executor::{AbortHandle, spawn_local};
pub use sleep::{Sleep, sleep};
pub use timeout::{Elapsed, timeout};

//! The state machine of upstream's `startFetch` and `fetchXHR`: which field is written when, and
//! which callback is due.
//!
//! It does no I/O, reads no clock, and calls no callback. The event loop gives it inputs (`start`,
//! `handle`, `close`, …). After each input, the loop calls [`poll_output`](Machine::poll_output)
//! until there is no more output.

pub(crate) mod audit;
pub(crate) mod buffer;
pub(crate) mod c_string;
mod close;
mod dispatch;
pub(crate) mod event;
pub(crate) mod exchange;
pub(crate) mod fetch;
mod frame;
mod handles;
pub(crate) mod output;
pub(crate) mod raw_headers;
mod start;
mod state;
pub(crate) mod step;
mod stream;
mod synchronous;
pub(crate) mod task;
#[cfg(test)]
mod tests;
mod timeouts;
mod timers;
mod xhr;

pub(crate) use state::Machine;

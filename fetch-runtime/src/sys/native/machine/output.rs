//! Outputs: requests of the machine to its driver and to the event loop.

use std::ptr::NonNull;

use super::event::FetchId;
use super::exchange::Exchange;
use super::fetch::Lookup;
use super::step::TimerCall;
use super::task::Task;
use crate::sys::abi::{Callback, emscripten_fetch_t};

/// Outputs are carried out in order, each before the next is polled.
pub(crate) enum Output {
    /// Send a request. The answer is `Machine::sent` or `Machine::refused`.
    Send(FetchId, Box<Exchange>),
    /// Begin a task of the cache. If there is no cache, the answer is `Machine::refused`.
    Cache(FetchId, Task),
    /// End a transfer.
    Cancel(FetchId),
    Call(Callback, NonNull<emscripten_fetch_t>),
    Timer(TimerCall),
    LookupEnded(Lookup),
    /// Throw an exception through the caller, when all other outputs are carried out.
    Throw(String),
}

/// A driver's refusal.
pub(crate) enum Refused {
    Request(Thrown),
    /// There is no cache. The task comes back.
    Task(Task),
}

/// An exception of JavaScript.
pub(crate) enum Thrown {
    /// `open` has thrown, with this message.
    Open(String),
    /// `send` has thrown. Natively, scripts alone do that.
    #[cfg_attr(not(feature = "script"), allow(dead_code))]
    Send,
}

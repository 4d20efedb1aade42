//! Outputs: requests of the machine to its driver and to the event loop.

use std::ptr::NonNull;

use super::event::FetchId;
use super::exchange::Exchange;
use super::fetch::{EntryLookup, Lookup};
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
    /// Decide what an entry with this text is good for. The answer is `Machine::decided`.
    Decide(FetchId, EntryLookup, String),
    /// Throw an exception through the caller, when all other outputs are carried out.
    Throw(String),
}

/// What is to be done with an entry.
pub(crate) enum Decided {
    /// Send the request, as if there were none.
    Forget,
    /// It is the response.
    Use,
    /// Send the request with these headers.
    Ask(Vec<(String, String)>),
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

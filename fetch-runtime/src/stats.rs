//! The statistics of a thread's requests.

use crate::counters::Counters;
use crate::flight::queue;

/// Counters of this thread's requests. A fetch belongs to the thread that started it, so the
/// counters do as well.
///
/// ```
/// assert_eq!(fetch_runtime::stats().live, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that started, and those that wait. Those that C code started count when they end.
    pub started: u64,
    /// Requests that are over: the handler was called, or the future is ready or was dropped.
    pub completed: u64,
    /// C structs that were freed.
    pub closed: u64,
    /// The closes among them that Emscripten would have refused. Each would have been a leak.
    pub guarded: u64,
    /// C structs that exist. It is 0 when nothing is in flight.
    pub live: u64,
    /// Requests that wait for their turn: see
    /// [`set_max_in_flight`](crate::set_max_in_flight).
    pub waiting: u64,
}

/// Returns the counters of this thread.
#[must_use]
pub fn stats() -> Stats {
    let waiting = queue::waiting();
    let Counters { begun, never_begun, completed, live, guarded } = Counters::current();
    Stats {
        started: begun + waiting + never_begun,
        completed,
        closed: begun - live,
        guarded,
        live,
        waiting,
    }
}

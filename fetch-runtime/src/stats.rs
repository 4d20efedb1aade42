//! Counters of C's fetch structs.

use std::cell::Cell;

/// Counters of this thread's requests. A fetch belongs to the thread that started it, so the
/// counters do as well.
///
/// ```
/// assert_eq!(fetch_runtime::stats().live, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that started. Those that C code started count when they end.
    pub started: u64,
    /// Requests that are over: the handler was called, or the future is ready or was dropped.
    pub completed: u64,
    /// C structs that were freed.
    pub closed: u64,
    /// The closes among them that Emscripten would have refused. Each would have been a leak.
    pub guarded: u64,
    /// C structs that exist: `started - closed`. It is 0 when nothing is in flight.
    pub live: u64,
}

thread_local! {
    static COUNTS: Counts = const { Counts {
        started: Cell::new(0),
        completed: Cell::new(0),
        closed: Cell::new(0),
        guarded: Cell::new(0),
    } };
}

struct Counts {
    started: Cell<u64>,
    completed: Cell<u64>,
    closed: Cell<u64>,
    guarded: Cell<u64>,
}

/// Returns the counters of this thread.
#[must_use]
pub fn stats() -> Stats {
    COUNTS.with(|counts| {
        let (started, closed) = (counts.started.get(), counts.closed.get());
        Stats {
            started,
            completed: counts.completed.get(),
            closed,
            guarded: counts.guarded.get(),
            live: started - closed,
        }
    })
}

fn add(count: fn(&Counts) -> &Cell<u64>, number: u64) {
    COUNTS.with(|counts| {
        let count = count(counts);
        count.set(count.get().wrapping_add(number));
    });
}

pub(crate) fn started() {
    add(|counts| &counts.started, 1);
}

pub(crate) fn never_started() {
    add(|counts| &counts.started, u64::MAX);
}

pub(crate) fn completed() {
    add(|counts| &counts.completed, 1);
}

pub(crate) fn closed(guarded: bool) {
    add(|counts| &counts.closed, 1);
    add(|counts| &counts.guarded, guarded.into());
}

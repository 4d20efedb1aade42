//! Counts what happened to C's structs.

use std::cell::Cell;

/// What happened on this thread so far. Fetches belong to the thread that started them, so the
/// counts do, too.
///
/// ```
/// assert_eq!(fetch_runtime::stats().live, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests that began; those of C code count when they end.
    pub started: u64,
    /// Requests whose handler was called.
    pub completed: u64,
    /// C structs that were freed.
    pub closed: u64,
    /// Closes among them that upstream would have refused: each would have been a leak.
    pub guarded: u64,
    /// C structs that exist: `started - closed`. 0 when nothing is in flight.
    pub live: u64,
}

thread_local! {
    static STATS: Cell<Stats> = const { Cell::new(Stats { started: 0, completed: 0, closed: 0, guarded: 0, live: 0 }) };
}

/// What happened on this thread so far.
#[must_use]
pub fn stats() -> Stats {
    STATS.get()
}

fn update(change: impl FnOnce(&mut Stats)) {
    let mut stats = STATS.get();
    change(&mut stats);
    stats.live = stats.started - stats.closed;
    STATS.set(stats);
}

pub(crate) fn started() {
    update(|stats| stats.started += 1);
}

pub(crate) fn never_started() {
    update(|stats| stats.started -= 1);
}

pub(crate) fn completed() {
    update(|stats| stats.completed += 1);
}

pub(crate) fn closed(guarded: bool) {
    update(|stats| {
        stats.closed += 1;
        stats.guarded += u64::from(guarded);
    });
}

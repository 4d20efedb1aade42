//! Counters of C's fetch structs, and of requests that have none.

use std::cell::Cell;

use crate::sys::of_each_thread;

/// The counters of this thread.
pub(crate) struct Counters {
    pub(crate) begun: u64,
    pub(crate) never_begun: u64,
    pub(crate) completed: u64,
    pub(crate) live: u64,
    pub(crate) guarded: u64,
}

impl Counters {
    pub(crate) fn current() -> Self {
        COUNTS.with(|counts| Self {
            begun: counts.begun.get(),
            never_begun: counts.never_begun.get(),
            completed: counts.completed.get(),
            live: live() as u64,
            guarded: counts.guarded.get(),
        })
    }
}

of_each_thread! {
    static COUNTS: Counts = Counts {
        begun: Cell::new(0),
        never_begun: Cell::new(0),
        completed: Cell::new(0),
        guarded: Cell::new(0),
    };
}

of_each_thread! {
    // By itself: a program that does not call `stats` needs no other, and links none.
    static LIVE: Cell<usize> = Cell::new(0);
}

struct Counts {
    /// C structs that were made.
    begun: Cell<u64>,
    /// Requests that ended while they waited, or could not begin when their turn came.
    never_begun: Cell<u64>,
    completed: Cell<u64>,
    guarded: Cell<u64>,
}

fn add(count: fn(&Counts) -> &Cell<u64>, number: u64) {
    COUNTS.with(|counts| {
        let count = count(counts);
        count.set(count.get().wrapping_add(number));
    });
}

/// C structs that exist.
pub(crate) fn live() -> usize {
    LIVE.with(Cell::get)
}

fn add_live(number: usize) {
    LIVE.with(|live| live.set(live.get().wrapping_add(number)));
}

pub(crate) fn started() {
    add(|counts| &counts.begun, 1);
    add_live(1);
}

pub(crate) fn never_started() {
    add(|counts| &counts.begun, u64::MAX);
    add_live(usize::MAX);
}

pub(crate) fn never_begun() {
    add(|counts| &counts.never_begun, 1);
}

pub(crate) fn completed() {
    add(|counts| &counts.completed, 1);
}

pub(crate) fn closed(guarded: bool) {
    add_live(usize::MAX);
    add(|counts| &counts.guarded, guarded.into());
}

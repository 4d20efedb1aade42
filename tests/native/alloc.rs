//! Counts the allocations of each thread, so that a test can see a leak.
#![allow(unsafe_code)]

use std::cell::Cell;

use fetch_shared::counting::Counting;
use fetch_shared::matrix::request::BODY_CAPACITY;

// SAFETY: `count` sets cells, which need neither memory nor a destructor.
#[global_allocator]
static ALLOCATOR: Counting = unsafe { Counting::new(count) };

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static MADE: Cell<usize> = const { Cell::new(0) };
    static REQUEST_BODIES: Cell<isize> = const { Cell::new(0) };
}

/// Allocations of this thread less those it has freed.
pub(crate) fn live() -> isize {
    LIVE.get()
}

/// All allocations of this thread, those that it has freed, too.
pub(crate) fn made() -> usize {
    MADE.get()
}

/// Bodies of requests among those that are live: nothing else is of that size.
pub(crate) fn request_bodies() -> isize {
    REQUEST_BODIES.get()
}

fn count(before: Option<usize>, after: Option<usize>) {
    MADE.set(MADE.get() + usize::from(before.is_none()));
    for (size, change) in [(before, -1), (after, 1)] {
        if let Some(size) = size {
            LIVE.set(LIVE.get() + change);
            if size == BODY_CAPACITY {
                REQUEST_BODIES.set(REQUEST_BODIES.get() + change);
            }
        }
    }
}

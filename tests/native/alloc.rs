//! Counts what Rust allocates, thread by thread: a test that leaves something behind can be seen.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use fetch_tests::matrix::rows::REQUEST_BODY_CAPACITY;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static REQUEST_BODIES: Cell<isize> = const { Cell::new(0) };
}

/// Allocations of this thread less those it has freed.
pub(crate) fn live() -> isize {
    LIVE.get()
}

/// Bodies of requests among them: nothing else is of that size.
pub(crate) fn request_bodies() -> isize {
    REQUEST_BODIES.get()
}

fn count(size: usize, change: isize) {
    LIVE.set(LIVE.get() + change);
    if size == REQUEST_BODY_CAPACITY {
        REQUEST_BODIES.set(REQUEST_BODIES.get() + change);
    }
}

// SAFETY: it is the system's allocator; the counters neither allocate nor unwind.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's guarantee is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's guarantee is the same; `alloc` took it from there.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        // SAFETY: the caller's guarantee is the same; `alloc` took it from there.
        unsafe { System.realloc(memory, layout, size) }
    }
}

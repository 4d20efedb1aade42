//! The system's allocator, which reports each allocation to its program.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};

/// A size before and after a change; a block that does not exist has none.
pub type Count = fn(before: Option<usize>, after: Option<usize>);

/// The allocator: `#[global_allocator] static ALLOCATOR: Counting`.
#[derive(Debug)]
pub struct Counting(Count);

impl Counting {
    /// Calls `count` for each block that is allocated, resized or freed.
    ///
    /// # Safety
    /// `count` neither allocates nor panics.
    #[must_use]
    pub const unsafe fn new(count: Count) -> Self {
        Self(count)
    }
}

// SAFETY: all memory is the system allocator's, and `new`'s caller guarantees that `count` does not
// unwind.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        (self.0)(None, Some(layout.size()));
        // SAFETY: the caller's guarantee is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        (self.0)(Some(layout.size()), None);
        // SAFETY: the caller's guarantee is the same; `alloc` took the memory from there.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        (self.0)(Some(layout.size()), Some(size));
        // SAFETY: the caller's guarantee is the same; `alloc` took the memory from there.
        unsafe { System.realloc(memory, layout, size) }
    }
}

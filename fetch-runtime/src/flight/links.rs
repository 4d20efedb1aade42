//! The links of a list that goes through its elements.

use std::cell::Cell;
use std::ptr;

/// The neighbours of an element. They are null at the ends, and outside of a list.
pub(super) struct Links<T> {
    pub(super) previous: Cell<*const T>,
    pub(super) next: Cell<*const T>,
}

impl<T> Links<T> {
    pub(super) const fn none() -> Self {
        Self { previous: Cell::new(ptr::null()), next: Cell::new(ptr::null()) }
    }
}

//! Owns memory that C has allocated.
#![allow(unsafe_code)]

use core::alloc::Layout;
use core::ptr::{self, NonNull};
use core::slice;
use std::alloc::handle_alloc_error;

/// Initialized bytes from `malloc`, freed when it is dropped; or none.
pub(crate) struct Allocation {
    /// From `malloc`, with at least `len` initialized bytes; `None` where C had none.
    data: Option<NonNull<u8>>,
    len: usize,
}

// SAFETY: an `Allocation` is the only owner of its memory, and memory from `malloc` belongs to no
// thread.
unsafe impl Send for Allocation {}
// SAFETY: through a shared reference the bytes are only read.
unsafe impl Sync for Allocation {}

impl Allocation {
    /// No memory.
    pub(crate) const EMPTY: Self = Self { data: None, len: 0 };

    /// Takes over what C allocated.
    ///
    /// # Safety
    /// `data` is null, or it comes from `malloc`, has no other owner, and has `len` initialized
    /// bytes.
    pub(crate) unsafe fn from_malloc(data: *mut u8, len: usize) -> Self {
        let data = NonNull::new(data);
        Self { data, len: if data.is_some() { len } else { 0 } }
    }

    /// A copy of `bytes`.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        // SAFETY: nothing is asked of the caller.
        let data = unsafe { libc::malloc(bytes.len().max(1)) }.cast::<u8>();
        if data.is_null() {
            handle_alloc_error(Layout::for_value(bytes));
        }
        // SAFETY: `malloc` has made room for so many bytes, apart from all others.
        unsafe { data.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        // SAFETY: it is from `malloc`, has no other owner yet, and so many bytes were copied there.
        unsafe { Self::from_malloc(data, bytes.len()) }
    }

    /// Whether there is memory, be it of no bytes.
    pub(crate) const fn is_allocated(&self) -> bool {
        self.data.is_some()
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        match self.data {
            // SAFETY: the caller of `from_malloc` guarantees `len` initialized bytes, which live as
            // long as `self`.
            Some(data) => unsafe { slice::from_raw_parts(data.as_ptr(), self.len) },
            None => &[],
        }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        match self.data {
            // SAFETY: as in `as_slice`; the mutable reference to `self` excludes all others.
            Some(data) => unsafe { slice::from_raw_parts_mut(data.as_ptr(), self.len) },
            None => &mut [],
        }
    }

    /// Gives the memory up: a pointer for C's `free`, or null, and the length.
    pub(crate) fn into_raw(self) -> (*mut u8, usize) {
        let raw = (self.data.map_or(ptr::null_mut(), NonNull::as_ptr), self.len);
        core::mem::forget(self);
        raw
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        if let Some(data) = self.data {
            // SAFETY: the caller of `from_malloc` guarantees memory from `malloc` without another
            // owner.
            unsafe { libc::free(data.as_ptr().cast()) };
        }
    }
}

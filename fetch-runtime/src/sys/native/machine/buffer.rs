//! Bodies in memory of C's allocator, which the program frees.
#![allow(unsafe_code)]

use std::ffi::c_char;
use std::{ptr, slice};

/// The most that is reserved because of a Content-Length alone.
const TRUSTED: usize = 1 << 20;

/// What a large body leaves to the rest of the process, where most allocations abort if they fail.
/// hyper reads into buffers of up to 408 KiB, and each decoder has its own.
const SPARE: usize = 4 << 20;

/// Bytes from malloc. When memory runs out they are lost, and only their number is still counted.
pub(crate) struct Buffer {
    /// Null if nothing was allocated; `len` initialized bytes out of `capacity` otherwise.
    data: *mut u8,
    capacity: usize,
    len: u64,
    expected: usize,
}

// SAFETY: it owns its memory alone, and any thread may call `realloc` and `free`.
unsafe impl Send for Buffer {}
// SAFETY: shared, it can only be read.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self { data: ptr::null_mut(), capacity: 0, len: 0, expected: 0 }
    }

    /// `expected` is the Content-Length, or 0: a hint for how much to reserve, not a promise.
    pub(crate) fn expecting(expected: u64) -> Self {
        Self { expected: usize::try_from(expected).unwrap_or(0), ..Self::new() }
    }

    /// `len` zeros. It has a pointer even if `len` is 0.
    pub(crate) fn zeroed(len: usize) -> Self {
        let capacity = len.max(1);
        // SAFETY: has no precondition.
        let data = unsafe { libc::calloc(capacity, 1) }.cast::<u8>();
        Self {
            data,
            capacity: if data.is_null() { 0 } else { capacity },
            len: len as u64,
            expected: 0,
        }
    }

    /// `len` bytes that were lost.
    #[cfg(any(feature = "script", test))]
    pub(crate) fn lost(len: u64) -> Self {
        Self { len, ..Self::new() }
    }

    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let mut copy = Self::expecting(bytes.len() as u64);
        copy.extend(bytes);
        copy
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let len = self.initialized();
        if bytes.len() > self.capacity - len && !self.is_lost() {
            self.grow(len.saturating_add(bytes.len()));
        }
        self.len += bytes.len() as u64;
        if self.data.is_null() {
            return;
        }
        // SAFETY: `grow` made room for `bytes` after the `len` bytes in use.
        let end = unsafe { self.data.add(len) };
        // SAFETY: as above; memory of our own does not overlap with `bytes`.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), end, bytes.len()) };
    }

    /// Makes room for `needed` bytes, or loses all if there is no memory, or too little is spare.
    fn grow(&mut self, needed: usize) {
        let room = room(self.capacity, needed, self.expected);
        let mut grows = |capacity| self.resize(capacity) && (capacity <= TRUSTED || is_spare());
        if !grows(room) && !grows(needed) {
            *self = Self { len: self.len, ..Self::new() };
        }
    }

    fn resize(&mut self, capacity: usize) -> bool {
        // SAFETY: `data` is null or comes from the same allocator, and is replaced if it has moved.
        let data = unsafe { libc::realloc(self.data.cast(), capacity) }.cast::<u8>();
        if data.is_null() {
            return false;
        }
        self.data = data;
        self.capacity = capacity;
        true
    }

    /// Frees the memory that is reserved beyond the length.
    pub(crate) fn shrink(&mut self) {
        let len = self.initialized();
        if len > 0 {
            self.resize(len);
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Whether there was no memory for the bytes.
    pub(crate) fn is_lost(&self) -> bool {
        self.data.is_null() && self.len > 0
    }

    fn initialized(&self) -> usize {
        if self.data.is_null() { 0 } else { self.len as usize }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.data.is_null() {
            return &[];
        }
        // SAFETY: not null, so that many bytes are allocated and initialized.
        unsafe { slice::from_raw_parts(self.data, self.initialized()) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        if self.data.is_null() {
            return &mut [];
        }
        // SAFETY: not null, so that many bytes are allocated and initialized; `self` is borrowed
        // for as long.
        unsafe { slice::from_raw_parts_mut(self.data, self.initialized()) }
    }

    /// The bytes, which the caller has to `free`, and their number.
    pub(crate) fn into_raw(self) -> (*const c_char, u64) {
        let raw = (self.data.cast_const().cast(), self.len);
        std::mem::forget(self);
        raw
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: it is null or allocated, and this is its only owner.
        unsafe { libc::free(self.data.cast()) };
    }
}

/// Whether `SPARE` bytes could be allocated.
fn is_spare() -> bool {
    // SAFETY: has no precondition.
    let spare = std::hint::black_box(unsafe { libc::malloc(SPARE) });
    // SAFETY: it is null or was just allocated.
    unsafe { libc::free(spare) };
    !spare.is_null()
}

/// How much to reserve for `needed` bytes: double the capacity up to the Content-Length, or while
/// it is small; otherwise an eighth more, as large blocks grow without being copied.
fn room(capacity: usize, needed: usize, expected: usize) -> usize {
    if needed <= expected {
        return expected.min(TRUSTED.max(needed.saturating_mul(2)));
    }
    let more = if capacity < TRUSTED { capacity } else { capacity / 8 };
    needed.max(capacity.saturating_add(more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_shrinks() {
        let mut buffer = Buffer::new();
        for chunk in 0..1000u16 {
            buffer.extend(&[chunk as u8; 977]);
        }
        assert!(buffer.capacity > 977_000);
        buffer.shrink();
        assert_eq!((buffer.len(), buffer.capacity), (977_000, 977_000));
        assert!(buffer.as_slice().iter().enumerate().all(|(i, &byte)| byte == (i / 977) as u8));
    }

    #[test]
    fn a_false_length_reserves_little() {
        let mut buffer = Buffer::expecting(u64::MAX);
        buffer.extend(b"x");
        assert!(buffer.capacity <= TRUSTED);
        buffer.shrink();
        assert_eq!(buffer.as_slice(), b"x");
    }

    #[test]
    fn the_room_that_is_reserved() {
        // Within the Content-Length: all of it, while it is small or half of it has come.
        assert_eq!(room(0, 10, 3000), 3000);
        assert_eq!(room(3000, 3000, 3000), 3000);
        assert_eq!(room(0, 10, usize::MAX), TRUSTED);
        assert_eq!(room(TRUSTED, TRUSTED + 1, usize::MAX), 2 * (TRUSTED + 1));
        // Beyond it.
        assert_eq!(room(1000, 1001, 1000), 2000);
        assert_eq!(room(10, 100, 0), 100);
        assert_eq!(room(TRUSTED, TRUSTED + 1, 0), TRUSTED + TRUSTED / 8);
    }

    #[test]
    fn bytes_are_written_in_place() {
        let mut buffer = Buffer::zeroed(3);
        assert_eq!(buffer.as_slice(), [0; 3]);
        buffer.as_mut_slice().copy_from_slice(b"abc");
        assert_eq!(buffer.as_slice(), b"abc");
        assert!(Buffer::new().as_mut_slice().is_empty());
    }

    #[test]
    fn a_length_reserves_ahead() {
        let mut buffer = Buffer::expecting(3000);
        buffer.extend(b"x");
        assert_eq!(buffer.capacity, 3000);
    }

    #[test]
    fn an_exact_length_reserves_no_more() {
        let mut buffer = Buffer::expecting(5 << 20);
        for _ in 0..5 {
            buffer.extend(&[7; 1 << 20]);
        }
        assert_eq!(buffer.capacity, 5 << 20);
    }

    #[test]
    fn nothing_is_null_but_zero_bytes_of_the_cache_are_not() {
        assert!(Buffer::new().into_raw().0.is_null());
        let mut none = Buffer::zeroed(0);
        none.shrink();
        let (data, len) = none.into_raw();
        assert!(!data.is_null());
        assert_eq!(len, 0);
        // SAFETY: it was just taken out of its buffer.
        unsafe { libc::free(data.cast_mut().cast()) };
    }

    #[test]
    fn without_memory_only_the_count_goes_on() {
        let lost = Buffer::zeroed(usize::MAX / 2);
        assert!(lost.is_lost());
        assert!(lost.as_slice().is_empty());
        let mut buffer = Buffer::copy_of(b"abc");
        buffer.grow(usize::MAX / 2);
        assert!(buffer.is_lost());
        buffer.extend(b"defg");
        assert_eq!((buffer.len(), buffer.is_lost()), (7, true));
    }
}

//! A response's body: the C allocation itself, owned.
#![allow(unsafe_code)]

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::slice;

/// The bytes of a response. It owns the allocation that Emscripten made, which was moved here and
/// never copied; it is freed when the body is dropped.
///
/// ```no_run
/// use fetch_runtime::{Response, fetch, fetch_handler};
///
/// #[fetch_handler]
/// fn loaded(response: Response) {
///     let body = response.into_body();              // no copy
///     assert!(body.starts_with(b"\x89PNG"));        // it is a slice
///     let bytes: Vec<u8> = body.into();             // one copy
///     # drop(bytes);
/// }
/// ```
pub struct Body {
    /// From malloc, with at least `len` initialized bytes; none where C had none.
    data: Option<NonNull<u8>>,
    len: usize,
}

// SAFETY: a Body owns its allocation alone, and malloc's memory belongs to no thread.
unsafe impl Send for Body {}
// SAFETY: through a shared reference the bytes are only read.
unsafe impl Sync for Body {}

impl Body {
    /// No bytes.
    pub(crate) const EMPTY: Self = Self { data: None, len: 0 };

    /// Takes over what C allocated.
    ///
    /// # Safety
    /// `data` is null or comes from malloc, nobody else frees it, and if it is not null `len` bytes
    /// are initialized.
    pub(crate) unsafe fn from_malloc(data: *mut u8, len: usize) -> Self {
        let data = NonNull::new(data);
        Self { data, len: if data.is_some() { len } else { 0 } }
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self.data {
            // SAFETY: `from_malloc`'s caller guarantees `len` initialized bytes, and they live as
            // long as self.
            Some(data) => unsafe { slice::from_raw_parts(data.as_ptr(), self.len) },
            None => &[],
        }
    }

    /// Whether there is an allocation, be it of no bytes.
    pub(crate) fn is_allocated(&self) -> bool {
        self.data.is_some()
    }

    /// The bytes, to be changed in place.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        match self.data {
            // SAFETY: as in `as_slice`, and the mutable reference to self excludes all others.
            Some(data) => unsafe { slice::from_raw_parts_mut(data.as_ptr(), self.len) },
            None => &mut [],
        }
    }

    /// Hands the allocation to C code: a pointer to be freed with C's `free` (null if there are no
    /// bytes), and the length.
    ///
    /// ```no_run
    /// # fn with(response: fetch_runtime::Response) {
    /// let (data, len) = response.into_body().into_raw();
    /// # let _ = (data, len);
    /// # }
    /// ```
    #[must_use = "the allocation leaks unless it is freed"]
    pub fn into_raw(self) -> (*mut u8, usize) {
        let raw = (self.data.map_or(ptr::null_mut(), NonNull::as_ptr), self.len);
        std::mem::forget(self);
        raw
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(data) = self.data {
            // SAFETY: `from_malloc`'s caller guarantees that it came from malloc and is ours alone.
            unsafe { libc::free(data.as_ptr().cast()) };
        }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl DerefMut for Body {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.as_mut_slice()
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Body> for Vec<u8> {
    fn from(body: Body) -> Self {
        body.to_vec()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len)
    }
}

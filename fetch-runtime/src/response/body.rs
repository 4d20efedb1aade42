//! The body of a response, in C's own allocation.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::sys::Allocation;

/// The body of a response. It dereferences to its bytes.
///
/// It owns the allocation that Emscripten made, and frees it on drop. The bytes are never copied.
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
pub struct Body(Allocation);

impl Body {
    /// A body without bytes.
    pub(crate) const EMPTY: Self = Self(Allocation::EMPTY);

    pub(crate) const fn new(bytes: Allocation) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The bytes, mutable.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_mut_slice()
    }

    /// Whether there is an allocation. An empty one counts.
    pub(crate) const fn is_allocated(&self) -> bool {
        self.0.is_allocated()
    }

    /// Gives the allocation to C code. Returns the pointer, which C's `free` frees, and the length
    /// in bytes. The pointer is null if there are no bytes.
    ///
    /// ```no_run
    /// # fn with(response: fetch_runtime::Response) {
    /// let (data, len) = response.into_body().into_raw();
    /// # let _ = (data, len);
    /// # }
    /// ```
    #[must_use = "the allocation leaks unless it is freed"]
    pub fn into_raw(self) -> (*mut u8, usize) {
        self.0.into_raw()
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
        write!(f, "Body({} bytes)", self.0.len())
    }
}

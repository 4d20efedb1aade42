//! A response's body: C's own allocation.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::sys::Allocation;

/// The bytes of a response. It owns the allocation that Emscripten made. The bytes are never
/// copied, and are freed when the body is dropped.
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
    /// No bytes.
    pub(crate) const EMPTY: Self = Self(Allocation::EMPTY);

    pub(crate) const fn new(bytes: Allocation) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The bytes, to be changed in place.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.0.as_mut_slice()
    }

    /// Whether there is an allocation, be it of no bytes.
    pub(crate) const fn is_allocated(&self) -> bool {
        self.0.is_allocated()
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

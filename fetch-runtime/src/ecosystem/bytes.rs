//! Bodies as [`Bytes`], without a copy.

use bytes::Bytes;

use crate::{Body, Chunk};

/// The bytes are not copied. The last clone frees C's allocation.
///
/// ```
/// use bytes::Bytes;
/// use fetch_runtime::{block_on, fetch};
///
/// let response = block_on(fetch!(GET "data:,hello").into_future())??;
/// let bytes = Bytes::from(response.into_body());
/// assert_eq!(bytes.slice(..4), "hell");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl From<Body> for Bytes {
    fn from(body: Body) -> Self {
        if body.is_empty() { Self::new() } else { Self::from_owner(body) }
    }
}

/// The bytes are not copied.
impl From<Chunk> for Bytes {
    fn from(chunk: Chunk) -> Self {
        chunk.into_body().into()
    }
}

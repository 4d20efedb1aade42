//! A piece of a streamed body.

use std::fmt;
use std::ops::Deref;

use super::Body;

/// A piece of a body, which [`Request::on_chunk`](crate::Request::on_chunk) gets as it arrives.
///
/// It dereferences to its bytes: at least one, at most 8 MiB.
pub struct Chunk {
    pub(crate) body: Body,
    pub(crate) offset: u64,
    pub(crate) total: Option<u64>,
    pub(crate) status: u16,
}

impl Chunk {
    /// The number of bytes of the body before this chunk.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The length of the whole body in bytes, according to the server; `None` if the server gave no
    /// length. For a compressed body, it may be the compressed length.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The HTTP status. It may be an error status: an error page is streamed as well.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The bytes, owned. They are not copied.
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.body
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunk({} bytes at {})", self.len(), self.offset)
    }
}

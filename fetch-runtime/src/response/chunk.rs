//! A piece of a streamed body.

use std::fmt;
use std::ops::Deref;

use super::Body;

/// A piece of a body that is handed out as it arrives, to
/// [`Request::on_chunk`](crate::Request::on_chunk).
///
/// It dereferences to its bytes: at least one, and at most 8 MiB.
pub struct Chunk {
    pub(crate) body: Body,
    pub(crate) offset: u64,
    pub(crate) total: Option<u64>,
    pub(crate) status: u16,
}

impl Chunk {
    /// How many bytes of the body have come before it.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes in all, as the server says: `None` where it does not, and of a compressed body perhaps
    /// its compressed length.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The HTTP status. The page that comes with an error has chunks as well.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The bytes, owned. Nothing is copied.
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

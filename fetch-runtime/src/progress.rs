//! What is told as a body arrives: how much has come, and where it is asked for, each chunk.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::rc::Weak;

use crate::defer::Timer;
use crate::inflight::State;
use crate::{AbortSignal, Body};

/// How much has arrived, as of a
/// [`ProgressEvent`](https://xhr.spec.whatwg.org/#interface-progressevent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the body so far.
    pub loaded: u64,
    /// Bytes in all, never fewer than `loaded`; `None` where the server does not say, or says it of
    /// a compressed body.
    pub total: Option<u64>,
}

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

/// What a request calls and keeps while it is in flight: [`Listeners`], dropped before its handler
/// is called. Programs without any are not linked with what is in there.
pub(crate) type MaybeListeners = Option<Box<dyn Any>>;

#[derive(Default)]
pub(crate) struct Listeners {
    pub(crate) on_progress: Option<Box<dyn FnMut(Progress)>>,
    pub(crate) on_chunk: Option<Box<dyn FnMut(Chunk)>>,
    /// Of a stream, to be ended if its chunks cannot be handed out any more.
    pub(crate) itself: Option<Weak<dyn State>>,
    pub(crate) deadline: Option<Timer>,
    pub(crate) signal: Option<AbortSignal>,
}

impl Listeners {
    /// Made when they are first asked for.
    pub(crate) fn of(kept: &mut MaybeListeners) -> &mut Self {
        kept.get_or_insert_with(|| Box::new(Self::default()))
            .downcast_mut()
            .expect("made nowhere else")
    }
}

//! The errors of housekeeping.

use std::fmt;

use crate::sys::housekeeping::Failure;

/// The cache could not do it. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheError {
    /// There is no cache, or this operation is not possible here.
    Unavailable {
        /// The cause and its remedy.
        reason: &'static str,
    },
    /// The cache has refused it.
    Failed {
        /// The cause, as the browser or the database gives it.
        reason: String,
    },
    /// [`block_on`](crate::block_on) blocks this thread, whose event loop would bring the answer.
    /// An operation that had begun before goes on.
    WouldBlock,
    /// There is no memory for the answer.
    OutOfMemory,
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { reason } => write!(f, "no cache: {reason}"),
            Self::Failed { reason } => write!(f, "the cache has failed: {reason}"),
            Self::WouldBlock => f.write_str(
                "the thread is blocked, and cannot wait for the cache: await it in a task",
            ),
            Self::OutOfMemory => f.write_str("no memory for the answer of the cache"),
        }
    }
}

impl std::error::Error for CacheError {}

impl CacheError {
    pub(super) fn new(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(reason) => Self::Unavailable { reason },
            Failure::Failed(reason) => Self::Failed { reason },
            Failure::OutOfMemory => Self::OutOfMemory,
        }
    }
}

/// The name cannot be a [namespace](super::set_namespace).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceError(pub(super) String);

impl fmt::Display for NamespaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} cannot be a namespace: use 1 to 64 ASCII letters, digits, `-`, `_` and `.`",
            self.0
        )
    }
}

impl std::error::Error for NamespaceError {}

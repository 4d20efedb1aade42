//! Tasks of the cache.

use super::buffer::Buffer;

pub(crate) enum Task {
    /// Loads the record of the fetch's own key or, if there is none, of this one.
    Load(Option<String>),
    Store(Buffer),
    Delete,
}

//! Tasks of the cache.

use super::buffer::Buffer;

pub(crate) enum Task {
    /// Loads the record of the fetch's own key or, if there is none, of this one.
    Load(Option<String>),
    /// Loads the entry of the fetch's key: a record with the text that was stored with it.
    LoadEntry,
    Store(Buffer),
    /// Stores a body as an entry with this text.
    StoreEntry(Buffer, String),
    Delete,
}

//! The cache of a script.

/// The cache that all requests find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cache {
    /// There is a cache; the answers say what it contains.
    #[default]
    Available,
    /// There is no cache: no IndexedDB, no usable folder.
    Unavailable,
    /// Every use of it throws, like a database that the browser has closed.
    Throwing,
}

//! The cache that a script has.

/// What there is of a cache, for all requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cache {
    /// There is one; the answers say what is in it.
    #[default]
    Available,
    /// There is none: no IndexedDB, no usable folder.
    Unavailable,
    /// Every use of it throws, like a database that the browser has closed.
    Throwing,
}

//! The types in which both backends do the housekeeping of the cache.

/// Work on records.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Lists the records whose keys begin with the text.
    List,
    /// Deletes the record of this key.
    Delete,
    /// Deletes the records whose keys begin with the text.
    DeletePrefix,
}

/// A question about the storage of the origin.
#[derive(Clone, Copy)]
pub(crate) enum Question {
    Usage,
    /// Asks the browser to keep the storage.
    Persist,
    Persisted,
}

/// A record, as a list shows it.
pub(crate) struct Record {
    pub(crate) key: String,
    /// In bytes.
    pub(crate) size: u64,
    /// The milliseconds since it was stored, if that is known.
    pub(crate) age_ms: Option<u64>,
}

/// The answer to one of these.
#[derive(Default)]
pub(crate) struct Answer {
    /// How many records were deleted; how many bytes are used; or 1 for yes.
    pub(crate) number: u64,
    /// How many bytes may be used.
    pub(crate) limit: Option<u64>,
    pub(crate) records: Vec<Record>,
}

/// The reason why there is no answer.
pub(crate) enum Failure {
    /// Nothing can be asked here.
    Unavailable(&'static str),
    Failed(String),
    OutOfMemory,
}

/// Called once with the answer, from the event loop.
pub(crate) type Done = Box<dyn FnOnce(Result<Answer, Failure>)>;

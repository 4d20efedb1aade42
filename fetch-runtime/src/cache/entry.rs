//! The answers: records of the cache, and the use of the storage.

use std::time::Duration;

use crate::sys::housekeeping::{Answer, Record};

/// A record of the cache: a download, or a record of `IDB_STORE`. See [`keys`](super::keys).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its key, without the [namespace](super::set_namespace).
    pub key: String,
    /// Its size in bytes, without what the database adds. It is 0 for the value of another program
    /// that is not bytes.
    pub size: u64,
    /// The time since it was stored, or confirmed by a 304, if that is known. A download has an age
    /// that was stored under a [budget](super::set_budget), by
    /// [`CacheMode::NoCache`](crate::CacheMode::NoCache), or by
    /// [`CacheMode::Default`](crate::CacheMode::Default).
    pub age: Option<Duration>,
}

/// How much of its storage the origin uses. See [`usage`](super::usage).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The bytes that are used: on the web by all databases and caches of the origin, as an
    /// estimate; on the desktop by the files of the cache.
    pub used: u64,
    /// The most bytes that may be used, if that is known: on the desktop the used ones and those
    /// that are free on the disk.
    pub quota: Option<u64>,
}

impl Entry {
    /// The record, as a program of the namespace sees it.
    pub(super) fn new(record: Record, prefix: &str) -> Self {
        let Record { mut key, size, age_ms } = record;
        if key.starts_with(prefix) {
            key.drain(..prefix.len());
        }
        Self { key, size, age: age_ms.map(Duration::from_millis) }
    }
}

impl Usage {
    pub(super) fn new(answer: &Answer) -> Self {
        Self { used: answer.number, quota: answer.limit }
    }
}

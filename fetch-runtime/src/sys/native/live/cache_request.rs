//! The request of a task of the cache.

use crate::sys::Accepts;
use crate::sys::native::machine::buffer::Buffer;
use crate::sys::native::machine::fetch::PartsTag;

pub(super) struct Of {
    pub(super) cache_key: String,
    /// Otherwise it stores or deletes a record.
    pub(super) is_download: bool,
    pub(super) budget: Option<Budget>,
    pub(super) accepts: Option<Accepts>,
    /// Its parts are kept under this tag.
    pub(super) parts: Option<PartsTag>,
}

impl Of {
    /// A body that is lost cannot be compared.
    pub(super) fn accepts(&self, body: &Buffer) -> bool {
        body.is_lost() || self.accepts.as_ref().is_none_or(|accepts| accepts(body.as_slice()))
    }
}

/// The budget of a program.
#[derive(Clone)]
pub(super) struct Budget {
    pub(super) bytes: u64,
    pub(super) namespace: String,
}

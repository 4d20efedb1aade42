//! Stands in for the cache on disk, without the feature `native-cache`.

use std::io;
use std::path::Path;

use crate::sys::housekeeping::Work;
use crate::sys::native::live::cache_request::Of;
use crate::sys::native::live::keeper::{Download, Keeper};
use crate::sys::native::machine::event::FetchId;
use crate::sys::native::machine::task::Task;
use crate::sys::native::replier::Replier;
use crate::sys::native::{mailbox, parts};

/// There is none.
pub(in crate::sys::native) enum Store {}

impl Store {
    /// # Errors
    /// Always.
    pub(in crate::sys::native::live) fn open(_: &Path) -> io::Result<Self> {
        Err(io::Error::other(parts::CACHE.err().unwrap_or_default()))
    }

    pub(in crate::sys::native::live) fn begin(
        &self,
        _: Task,
        _: Of,
        _: (FetchId, mailbox::Sender),
    ) {
        match *self {}
    }

    pub(in crate::sys::native::live) fn keeper(&self, _: Download) -> Option<Keeper> {
        match *self {}
    }

    pub(in crate::sys::native::live) fn update(&self, _: String, _: String, _: Option<String>) {
        match *self {}
    }

    pub(in crate::sys::native) fn work_on_records(&self, _: Work, _: String, _: Replier) {
        match *self {}
    }

    pub(in crate::sys::native) fn measure(&self, _: Replier) {
        match *self {}
    }
}

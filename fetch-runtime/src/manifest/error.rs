//! The error of a manifest that could not be loaded whole.

use std::fmt;

use crate::{CacheStatus, Error, Response, StartError};

/// Some files of a manifest could not be loaded. All others were stored.
#[derive(Debug)]
pub struct ManifestError {
    failed: Vec<FailedFile>,
    files: usize,
}

/// A file that could not be loaded.
#[derive(Debug)]
pub struct FailedFile {
    name: String,
    reason: Reason,
}

#[derive(Debug)]
pub(super) enum Reason {
    NotStarted(StartError),
    Failed(Error),
    /// The response has this status.
    NotStored(u16),
}

impl Reason {
    /// The reason why the file is not in the cache, if it is not.
    pub(super) fn of(result: Result<Response, StartError>) -> Result<(), Self> {
        let response = result.map_err(Self::NotStarted)?.into_result().map_err(Self::Failed)?;
        match response.cache_status() {
            CacheStatus::Hit
            | CacheStatus::Revalidated
            | CacheStatus::Stale
            | CacheStatus::Stored => Ok(()),
            CacheStatus::NotStored | CacheStatus::Bypass => Err(Self::NotStored(response.status())),
        }
    }
}

impl ManifestError {
    /// `failed` is not empty.
    pub(super) fn new(failed: Vec<FailedFile>, files: usize) -> Self {
        Self { failed, files }
    }

    /// The files that could not be loaded, in alphabetical order: at least one.
    #[must_use]
    pub fn failed(&self) -> &[FailedFile] {
        &self.failed
    }
}

impl FailedFile {
    pub(super) fn new(name: String, reason: Reason) -> Self {
        Self { name, reason }
    }

    /// The name in the manifest.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The error of the last attempt. `None` if the request did not start, as
    /// [`start_error`](Self::start_error) says, or if the response was not stored: because the
    /// cache is full or unavailable, or because its status is not 200.
    ///
    /// ```
    /// use fetch_runtime::FailedFile;
    ///
    /// fn is_missing(file: &FailedFile) -> bool {
    ///     file.error().is_some_and(|error| error.status() == 404)
    /// }
    ///
    /// fn is_not_stored(file: &FailedFile) -> bool {
    ///     file.error().is_none() && file.start_error().is_none()
    /// }
    /// ```
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match &self.reason {
            Reason::Failed(error) => Some(error),
            Reason::NotStarted(_) | Reason::NotStored(_) => None,
        }
    }

    /// The reason why the request did not start, if it did not.
    #[must_use]
    pub fn start_error(&self) -> Option<&StartError> {
        match &self.reason {
            Reason::NotStarted(error) => Some(error),
            Reason::Failed(_) | Reason::NotStored(_) => None,
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} files could not be loaded", self.failed.len(), self.files)?;
        for (index, file) in self.failed.iter().enumerate() {
            write!(f, "{}{file}", if index > 0 { "; " } else { ": " })?;
        }
        Ok(())
    }
}

impl fmt::Display for FailedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::NotStarted(error) => write!(f, "{}: {error}", self.name),
            Reason::Failed(error) => write!(f, "{error}"),
            Reason::NotStored(200) => {
                write!(f, "{}: not stored: the cache is full or unavailable", self.name)
            }
            Reason::NotStored(status) => {
                write!(f, "{}: not stored: its status is {status}, and not 200", self.name)
            }
        }
    }
}

/// The message names each file and its error, so there is no `source`.
impl std::error::Error for ManifestError {}

//! Which option goes with which method.

use super::{CacheMode, Operation, RequestParts, StartError};

impl RequestParts {
    /// Records an error if only downloads have the option. Returns whether this is a download.
    pub(crate) fn require_download(&mut self, option: &'static str) -> bool {
        let is_download = matches!(self.operation, Operation::Download(_));
        if !is_download {
            self.refuse_option(option);
        }
        is_download
    }

    /// Only methods other than GET and HEAD have a body, and records that are stored.
    pub(super) fn require_body_method(&mut self) {
        if self.is_method("GET") || self.is_method("HEAD") {
            let method = self.display_method().to_owned();
            self.record_error(StartError::BodyNotAllowed { method });
        }
        if self.operation == Operation::Delete {
            self.refuse_option("body");
        }
    }

    /// Only GET uses the cache.
    pub(crate) fn require_cacheable_method(&mut self, mode: CacheMode) {
        if mode != CacheMode::NoStore && !self.is_method("GET") {
            let method = self.display_method().to_owned();
            self.record_error(StartError::CacheNotAllowed { method, mode });
        }
    }

    fn refuse_option(&mut self, option: &'static str) {
        let method = self.display_method().to_owned();
        self.record_error(StartError::OptionNotAllowed { method, option });
    }

    /// Browsers accept the standard methods in any case.
    pub(crate) fn is_method(&self, name: &str) -> bool {
        self.method.eq_ignore_ascii_case(name)
    }
}

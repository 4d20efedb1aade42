//! The rules for the options that each method takes.

fetch_macros::__option_rules!();

use super::{CacheMode, Operation, RequestParts, StartError};

impl RequestParts {
    /// Records an error unless this is a download. Returns whether it is one.
    pub(crate) fn require_download(&mut self, option: &'static str) -> bool {
        let is_download = matches!(self.operation, Operation::Download(_));
        if !is_download {
            self.reject_option(option);
        }
        is_download
    }

    /// Records an error if the request cannot have a body: GET, HEAD and the deletion of a record.
    pub(super) fn require_body_method(&mut self) {
        self.require_upload_method();
        if self.operation == Operation::Delete {
            self.reject_option("body");
        }
    }

    /// Records an error if the method is one whose requests have no body: GET and HEAD.
    pub(crate) fn require_upload_method(&mut self) {
        if WITHOUT_BODY.iter().any(|method| self.is_method(method)) {
            let method = self.display_method().to_owned();
            self.record_error(StartError::BodyNotAllowed { method });
        }
    }

    /// Records an error if the mode uses the cache, which only GET can.
    pub(crate) fn require_cacheable_method(&mut self, mode: CacheMode) {
        if mode != CacheMode::NoStore && !self.is_method(CACHEABLE) {
            let method = self.display_method().to_owned();
            self.record_error(StartError::CacheNotAllowed { method, mode });
        }
    }

    fn reject_option(&mut self, option: &'static str) {
        let method = self.display_method().to_owned();
        self.record_error(StartError::OptionNotAllowed { method, option });
    }

    /// Compares the method, ignoring case as browsers do for the standard methods.
    pub(crate) fn is_method(&self, name: &str) -> bool {
        self.method.eq_ignore_ascii_case(name)
    }
}

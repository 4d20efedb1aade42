//! The values of a request, and the error of the first invalid one.

use std::borrow::Cow;

use super::validate::Invalid;
use super::{Credentials, Operation, RequestBody, RequestHeaders, RequestString, StartError};

/// The values of a request. Its optional parts that act while it is in flight are
/// [`Extras`](super::Extras).
#[derive(Clone)]
pub(crate) struct RequestParts {
    pub(crate) operation: Operation,
    pub(crate) method: Cow<'static, str>,
    /// The URL, or the key of a record. It is checked last, because a key need not be a URL.
    pub(crate) url: RequestString,
    pub(crate) headers: RequestHeaders,
    pub(crate) body: Option<RequestBody>,
    pub(super) content_type: Option<ContentType>,
    /// 0 for no timeout.
    pub(crate) timeout_ms: u32,
    /// Set when the request starts, after its check.
    pub(crate) is_streamed: bool,
    pub(crate) cache_key: Option<RequestString>,
    /// The key in the namespace, if there is one. Set when the request starts, or before by a
    /// refresh.
    pub(crate) namespaced_key: Option<RequestString>,
    /// The absolute URL that the request is sent to, if it differs from `url`.
    pub(crate) absolute_url: Option<RequestString>,
    pub(crate) credentials: Credentials,
    pub(crate) auth: Option<(RequestString, RequestString)>,
    pub(crate) mime_type: Option<RequestString>,
    error: Option<StartError>,
}

/// The `Content-Type` that comes with the body. A header of the request overrides it.
#[derive(Clone)]
pub(crate) struct ContentType {
    pub(super) value: RequestString,
    /// Adds the header when the request starts. Only bodies with a type name this function, so a
    /// program without them does not link it.
    pub(super) add: fn(&mut RequestParts),
}

impl RequestParts {
    pub(super) fn new(operation: Operation, method: Cow<'static, str>, url: RequestString) -> Self {
        Self {
            operation,
            method,
            url,
            headers: RequestHeaders::EMPTY,
            body: None,
            content_type: None,
            timeout_ms: 0,
            is_streamed: false,
            cache_key: None,
            namespaced_key: None,
            absolute_url: None,
            credentials: Credentials::SameOrigin,
            auth: None,
            mime_type: None,
            error: None,
        }
    }

    /// The URL that the request is sent to.
    pub(crate) fn sent_url(&self) -> &RequestString {
        self.absolute_url.as_ref().unwrap_or(&self.url)
    }

    /// The key that C gets, if it is not the URL.
    pub(crate) fn sent_key(&self) -> Option<&RequestString> {
        self.namespaced_key.as_ref().or(self.cache_key.as_ref())
    }

    /// Where the key begins in [`sent_key`](Self::sent_key), behind its namespace.
    pub(crate) fn namespace_len(&self) -> usize {
        let key = self.cache_key.as_ref().unwrap_or(&self.url);
        self.sent_key().map_or(0, |sent| sent.as_str().len().saturating_sub(key.as_str().len()))
    }

    /// The method, as `fetch!` spells it.
    pub(crate) fn display_method(&self) -> &str {
        self.method.strip_prefix("EM_").unwrap_or(&self.method)
    }

    /// Records an error for the start of the request. Only the first one is reported.
    pub(crate) fn record_error(&mut self, error: StartError) {
        self.error.get_or_insert(error);
    }

    /// Records the error of this check, if it has one.
    pub(crate) fn check(&mut self, check: impl FnOnce(&mut Self) -> Result<(), StartError>) {
        if let Err(error) = check(self) {
            self.record_error(error);
        }
    }

    /// Checks the URL or key, whose error comes before all others.
    pub(super) fn check_url(&mut self) {
        let needs_network = self.operation.needs_network();
        let checked = self.url.check(|checks| if needs_network { checks.url } else { checks.key });
        if let Err(Invalid { reason, .. }) = checked {
            self.error = None;
            self.record_invalid_url(reason);
        }
    }

    /// Records the error of a URL or key that is invalid.
    pub(crate) fn record_invalid_url(&mut self, reason: &'static str) {
        let url = self.url.as_str().to_owned();
        self.record_error(match self.operation {
            Operation::Download(_) => StartError::InvalidUrl { url, reason },
            Operation::Store | Operation::Delete => StartError::InvalidKey { key: url, reason },
        });
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.error.is_none()
    }

    /// Reports the error that was recorded first.
    pub(crate) fn take_error(&mut self) -> Result<(), StartError> {
        self.error.take().map_or(Ok(()), Err)
    }

    pub(super) fn error(&self) -> Option<&StartError> {
        self.error.as_ref()
    }
}

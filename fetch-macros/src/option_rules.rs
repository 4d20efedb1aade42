// The table of the options that conflict with a method, or with each other. fetch-macros uses it
// for `fetch!`, and fetch-runtime for `Request`, into which `__option_rules!` writes this text.

/// The methods whose requests have no body.
pub(crate) const WITHOUT_BODY: &[&str] = &["GET", "HEAD"];

/// The only method that can use the cache.
pub(crate) const CACHEABLE: &str = "GET";

/// The method whose response has no body, to be streamed or compared.
pub(crate) const WITHOUT_RESPONSE_BODY: &str = "HEAD";

pub(crate) const STREAM_OF_CACHE: &str =
    "a streamed body is not stored in the cache: remove `cache` or `on_chunk`";
pub(crate) const STREAM_OF_TYPE: &str =
    "a streamed body keeps its MIME type: remove `mime_type` or `on_chunk`";
pub(crate) const STREAM_OF_UPLOAD: &str =
    "browsers do not report the upload of a streamed request: remove `on_upload` or `on_chunk`";

pub(crate) const RESUME_WITHOUT_STORE: &str = "its parts are kept in the cache: add \
     `cache: ForceCache` or `cache: Reload`, or remove `resume`";

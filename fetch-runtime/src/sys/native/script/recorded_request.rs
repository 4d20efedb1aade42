//! Recorded requests, for tests to examine.

use std::fmt;
use std::time::Duration;

use crate::sys::abi::{
    EMSCRIPTEN_FETCH_NO_DOWNLOAD, EMSCRIPTEN_FETCH_PERSIST_FILE, EMSCRIPTEN_FETCH_REPLACE,
};
use crate::sys::cache_mode::CacheMode;
use crate::sys::credentials::Credentials;
use crate::sys::native::machine::fetch::Attributes;

/// A request that was made. Its `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// An HTTP method, `IDB_STORE` or `IDB_DELETE`.
    pub method: String,
    /// The URL or the key, as it was written. For a download that uses the cache, the absolute URL.
    pub url: String,
    /// As the program has set them, then those by which the cache makes a request conditional.
    pub headers: Vec<(String, String)>,
    /// Empty if the request has none.
    pub body: Vec<u8>,
    /// In whole milliseconds, rounded up.
    pub timeout: Option<Duration>,
    /// `None` for a record, and for a fetch of C code whose flags do not correspond to a mode.
    pub cache: Option<CacheMode>,
    /// `None` if it is the URL.
    pub cache_key: Option<String>,
    /// Whether cookies are sent to other origins.
    pub credentials: Credentials,
    /// The user name and the password.
    pub auth: Option<(String, String)>,
    /// The media type that replaces the one of the response.
    pub mime_type: Option<String>,
    /// Whether the body is delivered chunk by chunk.
    pub streams: bool,
}

/// The request, except for its method and URL.
pub(super) fn of(attributes: &Attributes, body: Vec<u8>) -> RecordedRequest {
    let milliseconds = u64::from(attributes.timeout_ms);
    RecordedRequest {
        method: String::new(),
        url: String::new(),
        headers: attributes.headers.clone(),
        body,
        timeout: (milliseconds > 0).then(|| Duration::from_millis(milliseconds)),
        cache: mode(attributes),
        cache_key: attributes.destination_path.clone(),
        credentials: if attributes.with_credentials {
            Credentials::Include
        } else {
            Credentials::SameOrigin
        },
        auth: attributes.auth(),
        mime_type: attributes.mime_type.clone(),
        streams: attributes.streams(),
    }
}

fn mode(attributes: &Attributes) -> Option<CacheMode> {
    const ALL: u32 =
        EMSCRIPTEN_FETCH_REPLACE | EMSCRIPTEN_FETCH_PERSIST_FILE | EMSCRIPTEN_FETCH_NO_DOWNLOAD;
    if attributes.method.starts_with("EM_") {
        return None;
    }
    if let Some(lookup) = attributes.entry_lookup {
        return Some(lookup.mode);
    }
    [CacheMode::NoStore, CacheMode::Reload, CacheMode::ForceCache, CacheMode::OnlyIfCached]
        .into_iter()
        .find(|mode| mode.flags() == attributes.flags & ALL)
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            url,
            headers,
            body,
            timeout,
            cache,
            cache_key,
            credentials,
            auth,
            mime_type,
            streams,
        } = self;
        f.debug_struct("RecordedRequest")
            .field("method", method)
            .field("url", url)
            .field("headers", headers)
            .field("body", body)
            .field("timeout", timeout)
            .field("cache", cache)
            .field("cache_key", cache_key)
            .field("credentials", credentials)
            .field("auth", &auth.as_ref().map(|(user, _)| (user, format_args!("…"))))
            .field("mime_type", mime_type)
            .field("streams", streams)
            .finish()
    }
}

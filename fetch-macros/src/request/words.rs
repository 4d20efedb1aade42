//! The words of `fetch!`: verbs, options, and which verb takes which option.

use crate::nearest;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    IdbStore,
    IdbDelete,
}

impl Verb {
    const ALL: [Self; 9] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::IdbStore,
        Self::IdbDelete,
    ];
    pub(super) const LIST: &'static str =
        "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, IDB_STORE or IDB_DELETE";

    pub(super) fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == word)
    }

    pub(super) fn nearest(word: &str) -> Option<Self> {
        nearest::nearest(word, Self::ALL.map(Self::name)).and_then(Self::find)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::IdbStore => "IDB_STORE",
            Self::IdbDelete => "IDB_DELETE",
        }
    }

    /// Of `Request`.
    pub(super) const fn function(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Head => "head",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Options => "options",
            Self::IdbStore => "idb_store",
            Self::IdbDelete => "idb_delete",
        }
    }

    /// What the verb is about: a URL over HTTP, a key in IndexedDB.
    pub(super) const fn object(self) -> &'static str {
        match self {
            Self::IdbStore | Self::IdbDelete => "key",
            _ => "URL",
        }
    }

    /// Why the option makes no sense here, if it doesn't.
    pub(super) fn refuses(self, option: Name) -> Option<String> {
        let verb = self.name();
        match (self, option) {
            (Self::Get | Self::Head, Name::Body) => {
                Some(format!("a {verb} request has no body: `body` goes with POST, PUT or PATCH"))
            }
            (Self::Head, Name::OnChunk) => Some(
                "a HEAD request has no body to be streamed: leave out `on_chunk`, or make it a GET"
                    .to_owned(),
            ),
            (Self::IdbStore, Name::Body) => None,
            (Self::IdbStore | Self::IdbDelete, Name::Signal | Name::Context) => None,
            (Self::IdbStore, _) => Some(format!(
                "`{verb}` takes no `{}`, only `body`, `signal` and `context`",
                option.name()
            )),
            (Self::IdbDelete, _) => {
                Some(format!("`{verb}` takes no `{}`, only `signal` and `context`", option.name()))
            }
            _ => None,
        }
    }
}

/// An option's name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Headers,
    Body,
    Timeout,
    Cache,
    CacheKey,
    Credentials,
    Auth,
    MimeType,
    OnProgress,
    OnChunk,
    Signal,
    Context,
}

impl Name {
    const ALL: [Self; 12] = [
        Self::Headers,
        Self::Body,
        Self::Timeout,
        Self::Cache,
        Self::CacheKey,
        Self::Credentials,
        Self::Auth,
        Self::MimeType,
        Self::OnProgress,
        Self::OnChunk,
        Self::Signal,
        Self::Context,
    ];
    pub(super) const LIST: &'static str = "headers, body, timeout, cache, cache_key, credentials, auth, mime_type, on_progress, on_chunk, signal and context";

    pub(super) fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == word)
    }

    pub(super) fn nearest(word: &str) -> Option<Self> {
        nearest::nearest(word, Self::ALL.map(Self::name)).and_then(Self::find)
    }

    /// In `fetch!`, and as a method of `Request`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Body => "body",
            Self::Timeout => "timeout",
            Self::Cache => "cache",
            Self::CacheKey => "cache_key",
            Self::Credentials => "credentials",
            Self::Auth => "auth",
            Self::MimeType => "mime_type",
            Self::OnProgress => "on_progress",
            Self::OnChunk => "on_chunk",
            Self::Signal => "signal",
            Self::Context => "context",
        }
    }
}

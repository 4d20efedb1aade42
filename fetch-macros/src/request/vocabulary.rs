//! The words of `fetch!`: its verbs, its options, and the variants that two of the options take.

use crate::nearest;

/// Makes an enum with one variant for each word.
macro_rules! vocabulary {
    ($(#[$attribute:meta])* enum $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $($variant,)*
        }

        impl $name {
            const ALL: &[(Self, &'static str)] = &[$((Self::$variant, $word),)*];

            pub(super) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            pub(super) fn find(word: &str) -> Option<Self> {
                Self::ALL.iter().find(|(_, known)| *known == word).map(|(name, _)| *name)
            }

            /// The one that `word` is a misspelling of, if one is close enough.
            pub(super) fn nearest(word: &str) -> Option<Self> {
                nearest::nearest(word, Self::words()).and_then(Self::find)
            }

            /// All words, as in "a, b or c".
            pub(super) fn list() -> String {
                either(&Self::words().collect::<Vec<_>>())
            }

            fn words() -> impl Iterator<Item = &'static str> {
                Self::ALL.iter().map(|(_, word)| *word)
            }
        }
    };
}

vocabulary! {
    /// What a request does: a method of HTTP, or an operation of Emscripten on IndexedDB.
    enum Verb {
        Get = "GET",
        Head = "HEAD",
        Post = "POST",
        Put = "PUT",
        Patch = "PATCH",
        Delete = "DELETE",
        Options = "OPTIONS",
        IdbStore = "IDB_STORE",
        IdbDelete = "IDB_DELETE",
    }
}

impl Verb {
    /// The name of the function of `Request` that makes such a request.
    pub(super) fn function(self) -> String {
        self.word().to_lowercase()
    }

    /// Whether the verb is followed by a key in IndexedDB, and not by a URL.
    pub(super) const fn takes_key(self) -> bool {
        matches!(self, Self::IdbStore | Self::IdbDelete)
    }
}

vocabulary! {
    /// The name of an option, which is also the name of the method of `Request` that sets it.
    enum OptionName {
        Headers = "headers",
        Query = "query",
        Body = "body",
        Json = "json",
        Form = "form",
        Multipart = "multipart",
        Timeout = "timeout",
        IdleTimeout = "idle_timeout",
        Cache = "cache",
        CacheKey = "cache_key",
        Credentials = "credentials",
        Auth = "auth",
        MimeType = "mime_type",
        Integrity = "integrity",
        Resume = "resume",
        OnProgress = "on_progress",
        OnUpload = "on_upload",
        OnChunk = "on_chunk",
        Signal = "signal",
        Context = "context",
    }
}

impl OptionName {
    /// The options that set the body.
    pub(super) const BODIES: [Self; 4] = [Self::Body, Self::Json, Self::Form, Self::Multipart];

    /// The name of a pair in `{ name: value, … }`, if the option takes such pairs.
    pub(super) const fn noun_of_pair(self) -> Option<&'static str> {
        match self {
            Self::Headers => Some("header"),
            Self::Query => Some("parameter"),
            Self::Form => Some("field"),
            Self::Multipart => Some("part"),
            _ => None,
        }
    }
}

/// An enum of fetch-runtime whose variants `fetch!` takes without the name of their enum.
pub(super) struct Variants {
    pub(super) of: &'static str,
    pub(super) words: &'static [&'static str],
}

impl Variants {
    pub(super) const CACHE_MODE: Self = Self {
        of: "CacheMode",
        words: &["NoStore", "Reload", "ForceCache", "OnlyIfCached", "NoCache", "Default"],
    };
    pub(super) const CREDENTIALS: Self =
        Self { of: "Credentials", words: &["SameOrigin", "Include"] };

    /// All words, as in "a, b or c".
    pub(super) fn list(&self) -> String {
        either(self.words)
    }
}

fn either(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        words => words.concat(),
    }
}

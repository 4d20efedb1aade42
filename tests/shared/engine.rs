//! The engines that tests run in, and the behaviour in which they differ.

use std::env;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// No browser: the native backend.
    Native,
    /// Chromium, and Chrome.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKitGTK.
    WebKit,
    /// Node, which has neither `location` nor XMLHttpRequest nor IndexedDB.
    Node,
}

impl Engine {
    /// The browsers.
    pub const BROWSERS: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// The engine that runs this program. The runner names it in `FETCH_TEST_ENGINE`.
    #[must_use]
    pub fn here() -> Self {
        let word = env::var("FETCH_TEST_ENGINE").unwrap_or_default();
        let all = [Self::Chromium, Self::Firefox, Self::WebKit, Self::Node];
        all.into_iter().find(|engine| engine.word() == word).unwrap_or(Self::Native)
    }

    /// Its name for programs, and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
            Self::Node => "node",
        }
    }

    /// Its name, for readers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKitGTK",
            Self::Node => "Node",
        }
    }
}

/// An ability that some engines lack here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Threads in a page.
    Threads,
    /// A limit of the origin's storage.
    Quota,
    /// A limit of the origin's storage that changes while the page is open.
    QuotaThatChanges,
    /// An answer to a request for persistent storage that no user has to give.
    Persist,
    /// JavaScript Promise Integration.
    Jspi,
    /// A setting that denies storage to all sites.
    StorageSetting,
    /// A start with one page after the browser was killed.
    Killed,
    /// A protocol that puts another tab in front of a page.
    Hidden,
}

impl Ability {
    /// The browsers that have it.
    #[must_use]
    pub const fn engines(self) -> &'static [Engine] {
        match self {
            Self::Threads | Self::Quota | Self::Jspi | Self::StorageSetting => {
                &[Engine::Chromium, Engine::Firefox]
            }
            Self::Killed | Self::Persist => &[Engine::Chromium, Engine::WebKit],
            Self::Hidden | Self::QuotaThatChanges => &[Engine::Chromium],
        }
    }

    /// Whether this engine has it.
    #[must_use]
    pub fn is_here(self) -> bool {
        self.engines().contains(&Engine::here())
    }

    /// The reason why a browser lacks it.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Threads => "MiniBrowser cannot post a SharedArrayBuffer",
            Self::Quota => "MiniBrowser has no option for the quota of an origin",
            Self::QuotaThatChanges => "only Chromium's DevTools change the quota of an open page",
            Self::Persist => "Firefox asks the user whether it shall keep the storage",
            Self::Jspi => "MiniBrowser has no `WebAssembly.promising`",
            Self::StorageSetting => "MiniBrowser has no option that denies storage",
            Self::Killed => "Firefox opens its page twice after a crash",
            Self::Hidden => "only Chromium's DevTools put another tab in front",
        }
    }
}

/// Makes the enum and its table of one list. The comment of a difference is its reason, as text.
macro_rules! differences {
    ($($(#[doc = $reason:literal])+ $name:ident: [$($engine:ident),+];)*) => {
        /// A behaviour of an engine to which a test adapts its expectation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Difference {
            $($(#[doc = $reason])+ $name,)*
        }

        impl Difference {
            /// All differences.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The engines that behave so.
            #[must_use]
            pub const fn engines(self) -> &'static [Engine] {
                match self {
                    $(Self::$name => &[$(Engine::$engine),+],)*
                }
            }

            /// The behaviour, for readers.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($reason),+).trim_ascii_start(),)*
                }
            }
        }
    };
}

differences! {
    /// A chunk has all bytes that have arrived, so a short body may come as one chunk.
    OneChunk: [WebKit];
    /// A chunked body that breaks off counts as complete, with the bytes that have come. A body
    /// with a `Content-Length` that breaks off is a network error.
    BreakInChunkedBodyUnseen: [WebKit];
    /// libsoup sends a header's value as UTF-8. Other engines send Latin-1.
    Utf8Headers: [WebKit];
    /// libsoup sends the password that an earlier request to the server has used, in place of the
    /// request's own `Authorization`.
    KnownPasswordSent: [WebKit];
    /// A disk that is full may refuse to delete a record, too.
    FullDiskKeepsRecords: [Firefox, WebKit];
    /// The room of records that are deleted may come back later, so a store may be refused until
    /// then.
    RoomComesLate: [Chromium];
    /// Node 20 detaches a body when it sends it, so a redirect that sends it again is a network
    /// error.
    BodySentOnce: [Node];
    /// There is no IndexedDB, and so no cache: a request that the cache alone could answer ends at
    /// once, as `CacheUnavailable`.
    NoCache: [Node];
    /// The parser drops the host and the port of a `file:` URL, so it accepts each of them.
    FileHostIgnored: [Firefox];
    /// The parser accepts a host whose label `xn--…` is not Punycode.
    InvalidPunycodeAccepted: [Chromium];
    /// A body in a content coding that breaks off counts as complete, with the bytes that have
    /// come, also if it has a `Content-Length`.
    BreakInCodedBodyUnseen: [Firefox];
}

impl Difference {
    /// Whether this engine behaves so.
    #[must_use]
    pub fn is_here(self) -> bool {
        self.engines().contains(&Engine::here())
    }
}

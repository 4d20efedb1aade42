//! The sets of the browser's test program: each with the property that it proves, and its runs.
//!
//! The program runs one set at a time, by its name. `--list-sets` prints this table.

use std::fmt::Write;

use super::engine::{Ability, Engine};

/// Makes the enum and its table of one list. The comment of a set is its property, as text.
macro_rules! sets {
    ($($(#[doc = $proves:literal])+ $set:ident $name:literal: $($run:expr),*;)*) => {
        /// A set of tests in a browser.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Set {
            $($(#[doc = $proves])+ $set,)*
        }

        impl Set {
            /// All sets, in the order in which a suite runs them.
            pub const ALL: &[Self] = &[$(Self::$set),*];

            /// The argument that names the set.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$set => $name,)*
                }
            }

            /// The property that the set proves.
            #[must_use]
            pub const fn proves(self) -> &'static str {
                match self {
                    $(Self::$set => concat!($($proves),+).trim_ascii_start(),)*
                }
            }

            /// The runs of a suite.
            #[must_use]
            pub const fn runs(self) -> &'static [Run] {
                match self {
                    $(Self::$set => { const RUNS: &[Run] = &[$($run),*]; RUNS })*
                }
            }
        }
    };
}

/// A version of Emscripten.
pub type Version = [u32; 3];

/// The newer of Debian's Emscriptens is this one or a later one. On it, each set runs in all of its
/// engines. Its Rust can build std position-independent, and is new enough for raylib-sys. Its
/// panics unwind by exceptions of WebAssembly. Those of the older one put frames of JavaScript on
/// the stack.
pub const NEWER: Version = [4, 0, 0];

/// A run of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The engines in which the program runs.
    pub engines: &'static [Engine],
    /// The ability for which it runs in these engines alone.
    pub ability: Option<Ability>,
    /// Whether it runs before [`NEWER`] in Chromium alone.
    pub older_in_chromium: bool,
    /// Whether it is built with pthreads, and runs on one.
    pub threads: bool,
    /// The first version of Emscripten on which the set can run.
    pub since: Version,
    /// The environment of both the build and the run.
    pub environment: &'static [(&'static str, &'static str)],
}

/// A variable that tells each build and run of a feature of Emscripten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The variable; its value is `yes`.
    pub variable: &'static str,
    /// The first version of Emscripten that has the feature.
    pub since: Version,
}

/// The features of Emscripten that the tests depend on.
pub const FEATURES: &[Feature] = &[
    // The C struct has a final URL.
    Feature { variable: "FETCH_TEST_FINAL_URL", since: [4, 0, 10] },
    Feature { variable: "FETCH_TEST_STREAMING", since: STREAMING },
];

/// The first version of Emscripten that has streams, without which Node has no requests.
pub const STREAMING: Version = [4, 0, 21];

/// As most pages are linked: without `-sEXIT_RUNTIME`, and with Emscripten's own assertions.
const ASSERTIONS: (&str, &str) = ("FETCH_TEST_ASSERTIONS", "yes");
/// The program is linked with JavaScript Promise Integration.
const JSPI: (&str, &str) = ("FETCH_TEST_JSPI", "yes");
/// A heap of 16 MiB that cannot grow, as a program has it that is linked without a flag.
const HEAP_DEFAULT: (&str, &str) = ("FETCH_TEST_HEAP", "default");
/// A heap that grows up to 64 MiB.
const HEAP_MAX: (&str, &str) = ("FETCH_TEST_HEAP", "max");
/// The program runs in a dedicated worker of the page.
const WORKER: (&str, &str) = ("FETCH_RUNNER_WORKER", "true");
/// The origin gets 1 MiB of disk.
const QUOTA: (&str, &str) = ("FETCH_RUNNER_QUOTA", "1048576");

/// The browser's data is on a disk of 4 MiB.
const DISK: (&str, &str) = ("FETCH_RUNNER_DISK", "4194304");

/// There is no network.
const OFFLINE: (&str, &str) = ("FETCH_RUNNER_OFFLINE", "true");
/// The page may connect to its own server alone.
const CONNECT_SELF: (&str, &str) = ("FETCH_RUNNER_CSP", "connect-src 'self'");

/// A page, in all browsers.
const PAGE: Run = Run {
    engines: &Engine::BROWSERS,
    ability: None,
    older_in_chromium: false,
    threads: false,
    since: [0; 3],
    environment: &[],
};

/// A page whose engine and whose Emscripten have little to do with each other in what the set
/// proves: each engine shows it on the newer Emscripten, and Chromium on the older one.
const OLDER_IN_CHROMIUM: Run = Run { older_in_chromium: true, ..PAGE };

impl Run {
    /// The engines in which it runs before [`NEWER`].
    #[must_use]
    pub const fn older(&self) -> &'static [Engine] {
        if self.older_in_chromium { &[Engine::Chromium] } else { self.engines }
    }

    const fn with(self, environment: &'static [(&'static str, &'static str)]) -> Self {
        Self { environment, ..self }
    }

    const fn on_threads(self) -> Self {
        Self { threads: true, ..self }.where_it_has(Ability::Threads)
    }

    const fn where_it_has(self, ability: Ability) -> Self {
        Self { ability: Some(ability), ..self.only_in(ability.engines()) }
    }

    const fn only_in(self, engines: &'static [Engine]) -> Self {
        Self { engines, ..self }
    }

    const fn since(self, since: Version) -> Self {
        Self { since, ..self }
    }
}

sets! {
    /// A program does and sees in a browser what the scenarios say, and all that only a browser
    /// has. The set `worker` does the same without assertions.
    Scenarios "scenarios": PAGE.with(&[ASSERTIONS]);
    /// A body of 256 MiB streams through a heap of 16 MiB, and the scenarios of streaming hold.
    Streaming "streaming":
        PAGE.since(STREAMING).with(&[ASSERTIONS]), PAGE.since(STREAMING);
    /// A page that is loaded again finds what the page before has stored.
    Reload "reload": PAGE;
    /// A handler that starts a main loop and never returns leaks nothing, and the page lives on.
    MainLoop "main-loop": PAGE;
    /// A page that is denied IndexedDB has no cache, and all else works. A sandboxed page has an
    /// opaque origin, and so no storage; or the user's settings deny it.
    NoIndexedDb "no-indexeddb":
        PAGE.with(&[("FETCH_RUNNER_CSP", "sandbox allow-scripts")]),
        PAGE.with(&[("FETCH_RUNNER_DENY_STORAGE", "true")]).where_it_has(Ability::StorageSetting);
    /// A private window has a cache like any other, and the disk keeps nothing of it.
    Private "private": OLDER_IN_CHROMIUM.with(&[("FETCH_RUNNER_PRIVATE", "true")]);
    /// A database that another program or tab has changed, keeps or deletes ends each request as if
    /// there were no cache.
    Database "database":
        OLDER_IN_CHROMIUM.with(&[("FETCH_RUNNER_PAGE", "tests/browser/database.html")]);
    /// A disk that is full refuses a store and harms nothing. The quota of the origin is real; and
    /// where a browser has none, the disk is really full.
    Quota "quota":
        OLDER_IN_CHROMIUM.with(&[QUOTA]).where_it_has(Ability::Quota),
        PAGE.since(NEWER).with(&[DISK]).only_in(&[Engine::WebKit]);
    /// Housekeeping leaves exactly the right keys and notes in the database, also among those of
    /// other programs.
    Housekeeping "housekeeping": OLDER_IN_CHROMIUM;
    /// Records of other programs that are no bytes are misses, and are replaced.
    Records "records": OLDER_IN_CHROMIUM;
    /// A function of the browser that throws, once, ends the request or keeps it from its start.
    /// The set simulates that by a patched prototype.
    Exceptions "exceptions": OLDER_IN_CHROMIUM;
    /// A page that has frozen the prototypes that programs share still has requests.
    Frozen "frozen": OLDER_IN_CHROMIUM, OLDER_IN_CHROMIUM.on_threads();
    /// An abort in a microtask between `readyState` 4 and the event that ends the request, and one
    /// in a lookup that takes seconds, reach no other request.
    Aborts "aborts": OLDER_IN_CHROMIUM;
    /// A page that is away and comes back: what has come in time is there, and what is late has
    /// timed out. The page's processes really stop meanwhile; or, in Chromium, another tab is in
    /// front.
    Background "background": OLDER_IN_CHROMIUM;
    /// Without a network, and after the server has gone, requests fail as network errors, and
    /// cached loads succeed. The browser runs where there is no network but the loopback interface.
    Offline "offline":
        OLDER_IN_CHROMIUM.with(&[OFFLINE]), OLDER_IN_CHROMIUM.with(&[OFFLINE, WORKER]);
    /// A browser that is killed in the middle of stores comes back with its profile: each key is
    /// old or new, as a whole, with the head of its body. All processes of the browser really end,
    /// at ten random moments. Firefox opens its page twice after a crash.
    Killed "killed": OLDER_IN_CHROMIUM.where_it_has(Ability::Killed);
    /// CORS refuses and grants what the server says, and leaves nothing behind.
    Cors "cors": OLDER_IN_CHROMIUM, OLDER_IN_CHROMIUM.with(&[WORKER]);
    /// A page whose policy blocks a request sees a network error.
    Csp "csp":
        OLDER_IN_CHROMIUM.with(&[CONNECT_SELF]), OLDER_IN_CHROMIUM.with(&[CONNECT_SELF, WORKER]);
    /// A load without a status, as from a `file:` URL in a WebView, is a success. Chromium gives
    /// such a load the status 200, so the set simulates it by a patched getter.
    Status0 "status-0": OLDER_IN_CHROMIUM;
    /// A host that is linked without `-lfetch` refuses each start. The set simulates that.
    NoLibfetch "no-libfetch": OLDER_IN_CHROMIUM;
    /// A page from a `file:` URL loads its own files.
    File "file": OLDER_IN_CHROMIUM.with(&[("FETCH_RUNNER_FILE", "true")]);
    /// Under Node, which has no `location`, XMLHttpRequest or IndexedDB, the scenarios hold that
    /// need neither the cache nor reports of uploads, and a program says what is missing.
    Node "node": PAGE.only_in(&[Engine::Node]);
    /// A program in a dedicated worker, without pthreads, does and sees the same, and may wait.
    Worker "worker": OLDER_IN_CHROMIUM.with(&[WORKER]);
    /// Every way in which a fetch can end, times what its handler may do then. In a worker and on
    /// threads the synchronous rows run; with the small quota, the rows of a disk that is full.
    Matrix "matrix":
        PAGE.with(&[HEAP_DEFAULT]),
        PAGE.with(&[HEAP_DEFAULT, WORKER]),
        PAGE.with(&[HEAP_DEFAULT, QUOTA, ("FETCH_TEST_QUOTA", "yes")]).where_it_has(Ability::Quota),
        PAGE.with(&[HEAP_DEFAULT]).on_threads();
    /// A body, an error page, a record or a chunk that does not fit into the heap ends as
    /// `OutOfMemory`, and nothing is written at address 0. The heap is really too small.
    Memory "memory":
        OLDER_IN_CHROMIUM.with(&[HEAP_DEFAULT]),
        OLDER_IN_CHROMIUM.with(&[HEAP_DEFAULT]).on_threads(),
        OLDER_IN_CHROMIUM.with(&[HEAP_MAX]);
    /// A thread may wait for a request, and the scenarios of `send_blocking` hold.
    Blocking "blocking": PAGE.on_threads();
    /// On a pthread, the scenarios hold as on the main thread, which has the cache. A thread that
    /// ends leaves nothing there.
    Threads "threads": OLDER_IN_CHROMIUM.on_threads();
    /// With JSPI, `main` may wait on the page's main thread while its event loop turns; callbacks
    /// may not.
    Jspi "jspi":
        PAGE.since(NEWER).with(&[JSPI]).where_it_has(Ability::Jspi),
        PAGE.since(NEWER).with(&[JSPI]).on_threads().where_it_has(Ability::Jspi);
    /// 2,000 random requests leave nothing behind. `FETCH_TEST_SOAK=REQUESTS,SEED` asks for others.
    Soak "soak": OLDER_IN_CHROMIUM;
}

impl Set {
    /// The set of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|set| set.name() == name)
    }
}

/// The table for programs, a line for each run. Tabs separate the set, the engines, the engines
/// before [`NEWER`], `threads`, the first version of Emscripten, and the environment, whose
/// variables commas separate. `-` is for nothing.
#[must_use]
pub fn list() -> String {
    let mut text = String::new();
    for set in Set::ALL {
        for run in set.runs() {
            let [engines, older] = [run.engines, run.older()].map(|engines| {
                let words: Vec<_> = engines.iter().map(|engine| engine.word()).collect();
                words.join(",")
            });
            let threads = if run.threads { "threads" } else { "-" };
            let [major, minor, patch] = run.since;
            let environment = match run.environment {
                [] => "-".to_owned(),
                pairs => {
                    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
                    pairs.collect::<Vec<_>>().join(", ")
                }
            };
            let name = set.name();
            writeln!(
                text,
                "{name}\t{engines}\t{older}\t{threads}\t{major}.{minor}.{patch}\t{environment}"
            )
            .expect("a String");
        }
    }
    text
}

//! The sets of the browser suite, in their order.

use crate::toolchain::Emscripten;

/// A part of the suite.
pub(crate) struct Set {
    /// Its name on the command line. Sets of one name run together.
    pub(crate) name: &'static str,
    pub(crate) what: What,
    /// Variables for the build and the run.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// The oldest Emscripten that can do it.
    pub(crate) since: Option<Emscripten>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A set of the test `browser`, which has this name, too.
    Tests,
    /// The same with pthreads.
    Threads,
    /// The test `browser-leak`.
    Leak,
    /// Examples; with panics that abort, where it says so.
    Examples { names: &'static [&'static str], aborts: bool },
    /// The set `node`, under Node.
    Node,
    /// A side module in a host without libfetch, under Node.
    SideModule,
    /// The sizes of small programs.
    Size,
    /// The commands that run programs.
    Runner,
}

/// `Response::final_url` is there from here on.
pub(crate) const FINAL_URL: Emscripten = Emscripten(4, 0, 10);
/// Streams work from here on.
pub(crate) const STREAMING: Emscripten = Emscripten(4, 0, 21);
/// Debian's newer Rust, whose std can be built position-independent, comes with this one or later.
const SIDE_MODULES: Emscripten = Emscripten(4, 0, 0);

const fn set(name: &'static str, what: What) -> Set {
    Set { name, what, environment: &[], since: None }
}

const fn tests(name: &'static str) -> Set {
    set(name, What::Tests)
}

const fn threads(name: &'static str) -> Set {
    set(name, What::Threads)
}

impl Set {
    const fn with(mut self, environment: &'static [(&'static str, &'static str)]) -> Self {
        self.environment = environment;
        self
    }

    const fn since(mut self, version: Emscripten) -> Self {
        self.since = Some(version);
        self
    }
}

/// As most pages are linked, without -sEXIT_RUNTIME, and with upstream's own checks.
const ASSERTIONS: &[(&str, &str)] = &[("FETCH_TEST_ASSERTIONS", "yes")];
const NO_INDEXEDDB: &[(&str, &str)] = &[("FETCH_RUNNER_PAGE", "tests/browser/no-indexeddb.html")];
const QUOTA: &[(&str, &str)] = &[("FETCH_RUNNER_QUOTA", "1048576")];
const FILE: &[(&str, &str)] = &[("FETCH_RUNNER_FILE", "true")];
/// As a program is linked that says nothing of its heap: 16 MiB, without growth.
const HEAP: &[(&str, &str)] = &[("FETCH_TEST_HEAP", "default")];
const HEAP_AND_QUOTA: &[(&str, &str)] = &[
    ("FETCH_TEST_HEAP", "default"),
    ("FETCH_TEST_QUOTA", "yes"),
    ("FETCH_RUNNER_QUOTA", "1048576"),
];
const MAX_HEAP: &[(&str, &str)] = &[("FETCH_TEST_HEAP", "max")];

const QUICKSTART_ABORTS: What = What::Examples { names: &["quickstart"], aborts: true };
const EXAMPLES: What = What::Examples { names: &["quickstart", "leak_lab"], aborts: false };

/// All of them. Those that share a build follow each other.
pub(crate) const SETS: &[Set] = &[
    tests("streaming").with(ASSERTIONS).since(STREAMING),
    tests("scenarios").with(ASSERTIONS),
    tests("streaming").since(STREAMING),
    tests("scenarios"),
    tests("reload"),
    tests("main-loop"),
    tests("no-indexeddb").with(NO_INDEXEDDB),
    tests("quota").with(QUOTA),
    tests("records"),
    tests("exceptions"),
    tests("frozen"),
    tests("aborts"),
    tests("status-0"),
    tests("no-libfetch"),
    tests("file").with(FILE),
    set("node", What::Node),
    set("side-module", What::SideModule).since(SIDE_MODULES),
    tests("matrix").with(HEAP),
    tests("matrix").with(HEAP_AND_QUOTA),
    tests("memory").with(HEAP),
    threads("matrix").with(HEAP),
    threads("memory").with(HEAP),
    tests("memory").with(MAX_HEAP),
    threads("blocking"),
    threads("frozen"),
    set("leak", What::Leak),
    set("examples", EXAMPLES),
    set("examples", QUICKSTART_ABORTS),
    set("size", What::Size),
    set("runner", What::Runner),
];

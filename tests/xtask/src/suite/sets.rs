//! The sets of the browser suite, in their order: those of the test program, and others.

/// The sets of the test program, which has the same file.
#[path = "../../../shared/sets.rs"]
#[allow(dead_code, unreachable_pub, reason = "the test program uses the rest")]
mod table;

pub(crate) use table::{FEATURES, NEWER};
use table::{Run, STREAMING, Version};

use crate::engine::{self, Engine};

/// A part of the suite.
#[derive(Clone, Copy)]
pub(crate) struct Set {
    /// Its name on the command line. Sets of one name run together.
    pub(crate) name: &'static str,
    pub(crate) what: What,
    /// The engines in which it runs.
    pub(crate) engines: &'static [Engine],
    /// Those of them in which it also runs on the older Emscripten.
    pub(crate) older: &'static [Engine],
    /// Variables for the build and the run.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// The oldest Emscripten that can do it.
    pub(crate) since: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A set of the test `browser`, under the same name.
    Tests,
    /// The same with pthreads.
    Threads,
    /// The test `browser-leak`.
    Leak,
    /// The C programs of tests/browser/heal.d.
    Heal,
    /// Examples of a package; with panics that abort, where it says so.
    Examples { package: &'static str, names: &'static [&'static str], aborts: bool },
    /// The game of examples/game, which plays by itself.
    Game,
    /// The project to copy, in template.
    Template,
    /// Checks of tests/browser/endings; with panics that abort, where it says so.
    Endings { aborts: bool },
    /// The same, of the program that has the feature `node`.
    EndingsInNode,
    /// A command of its own, which builds for itself.
    Own(Own),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// A side module in a host without libfetch, under Node.
    SideModule,
    /// The sizes of small programs.
    Size,
    /// The commands that people type. What they build is there, as the sets before have built it.
    Runner,
}

const EXAMPLES: What = What::Examples {
    package: "fetch-examples",
    names: &["get", "quickstart", "save_game", "asset_loader", "cache_lab", "chat"],
    aborts: false,
};
const QUICKSTART_ABORTS: What =
    What::Examples { package: "fetch-examples", names: &["quickstart"], aborts: true };
const ECOSYSTEM: What = What::Examples {
    package: "fetch-examples-ecosystem",
    names: &["grpc", "oauth"],
    aborts: false,
};

const ENDINGS: What = What::Endings { aborts: false };

/// The program runs in a dedicated worker.
pub(super) const WORKER: (&str, &str) = ("FETCH_RUNNER_WORKER", "true");
const ENDINGS_IN_NODE: Set = Set {
    engines: &[Engine::Node],
    older: &[Engine::Node],
    ..set("endings", What::EndingsInNode, STREAMING)
};

/// All engines of programs for the web.
const ALL: [Engine; 4] = [Engine::Chromium, Engine::Firefox, Engine::WebKit, Engine::Node];

const HEAL: Set = Set { older: &[Engine::Chromium], ..set("heal", What::Heal, [0; 3]) };

/// The sets beside those of the test program. Those that take minutes come first, as the others can
/// run beside them. The last one finds its programs built.
const OTHERS: &[Set] = &[
    // How a page ends depends on the engine, and what Emscripten says about it on its version.
    // Under Node, the program lacks the feature.
    Set { engines: &ALL, older: &[Engine::Chromium], ..set("endings", ENDINGS, [0; 3]) },
    Set { environment: &[WORKER], ..set("endings", ENDINGS, NEWER) },
    // Under Node, not linked with streams, and linked with them.
    ENDINGS_IN_NODE,
    Set { environment: &[("FETCH_TEST_STREAMING", "yes")], ..ENDINGS_IN_NODE },
    set("leak", What::Leak, [0; 3]),
    set("side-module", What::Own(Own::SideModule), NEWER),
    set("size", What::Own(Own::Size), [0; 3]),
    HEAL,
    Set { environment: &[WORKER], ..HEAL },
    // Without the flag: the leaks.
    Set { environment: &[("FETCH_HEAL", "no")], ..HEAL },
    set("examples", QUICKSTART_ABORTS, NEWER),
    set("endings", What::Endings { aborts: true }, NEWER),
    set("examples", EXAMPLES, [0; 3]),
    set("examples", ECOSYSTEM, [0; 3]),
    set("template", What::Template, [0; 3]),
    Set { environment: &[("FETCH_RUNNER_DISPLAY", "true")], ..set("game", What::Game, NEWER) },
    set("runner", What::Own(Own::Runner), [0; 3]),
];

const fn set(name: &'static str, what: What, since: Version) -> Set {
    let engines = &Engine::BROWSERS;
    Set { name, what, engines, older: engines, environment: &[], since }
}

/// All sets. Those that share a build follow each other: each change of the build takes a minute.
pub(crate) fn all() -> Vec<Set> {
    let runs = table::Set::ALL.iter().flat_map(|set| set.runs().iter().map(move |run| (set, run)));
    let mut builds = Vec::new();
    let mut sets: Vec<(usize, Set)> = Vec::new();
    for (set, run) in runs {
        let build = build_of(run);
        let known = builds.iter().position(|other| *other == build);
        let place = known.unwrap_or_else(|| {
            builds.push(build);
            builds.len() - 1
        });
        sets.push((place, Set::of(set.name(), run)));
    }
    sets.sort_by_key(|(place, _)| *place);
    sets.into_iter().map(|(_, set)| set).chain(OTHERS.iter().copied()).collect()
}

/// The settings with which the program is built.
fn build_of(run: &Run) -> (bool, Vec<(&'static str, &'static str)>) {
    let settings = run.environment.iter().filter(|(name, _)| name.starts_with("FETCH_TEST_"));
    (run.threads, settings.copied().collect())
}

impl Set {
    fn of(name: &'static str, run: &Run) -> Self {
        let what = if run.threads { What::Threads } else { What::Tests };
        let &Run { engines, environment, since, .. } = run;
        Self { name, what, engines, older: run.older(), environment, since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_share_a_build_follow_each_other() {
        let all = all();
        let of = |environment: &[(&str, &str)]| {
            let places = all
                .iter()
                .enumerate()
                .filter(|(_, set)| set.what == What::Tests && set.environment == environment);
            places.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let assertions = of(&[("FETCH_TEST_ASSERTIONS", "yes")]);
        assert_eq!(assertions, [0, 1]);
        let as_it_is = of(&[]);
        assert_eq!(as_it_is.first(), Some(&2));
        assert!(as_it_is.len() > 8, "{as_it_is:?}");
    }

    #[test]
    fn each_run_of_the_program_is_there_once() {
        let runs: usize = table::Set::ALL.iter().map(|set| set.runs().len()).sum();
        assert_eq!(all().len(), runs + OTHERS.len());
    }
}

//! The browser suite on one toolchain.

mod checks;
mod endings;
mod programs;
mod runner;
mod screenshot;
mod sets;
mod side_module;
/// The runner looks for the data of pages with it.
#[path = "../runner/browser/storage.rs"]
mod storage;

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

pub(crate) use self::endings::Endings;
use self::programs::{Job, Run, Step};
use self::sets::{FEATURES, NEWER, Own, Set, What};
use crate::browser::{Browser, installed};
use crate::engine::{Engine, Engines};
use crate::project;
use crate::size;
use crate::toolchain::{Emscripten, Panic, QUICK, Suite as Which, Toolchain, word};

const WHERE_PANICS_ABORT: &str = ", where panics abort";

/// The packages of Debian with which the game is built.
pub(crate) const GAME_NEEDS: [&str; 2] = ["cmake", "make"];

#[derive(Args)]
pub(crate) struct Suite {
    /// The toolchain
    suite: Option<Which>,

    /// The sets to run; all, where none is named
    #[arg(value_name = "SET")]
    sets: Vec<String>,

    /// chromium, firefox or webkit, or a list with commas. Each set runs in those of them that can
    /// run it
    #[arg(long, value_name = "NAME", env = "FETCH_RUNNER_BROWSER", default_value = "all,node")]
    browser: Engines,

    /// List the sets and how they run; run nothing
    #[arg(long)]
    list: bool,
}

impl Suite {
    pub(crate) fn run(&self) -> Result<()> {
        if self.list {
            for set in sets::all() {
                println!("{}", describe(&set));
            }
            return Ok(());
        }
        let suite = self.suite.context("which toolchain: host, trixie or sid")?;
        let wanted = Wanted::new(suite, &self.sets)?;
        if let [Set { name, what: What::Own(own), .. }] = wanted.sets[..] {
            return run_own(own, suite).with_context(|| format!("the set {name}"));
        }
        programs::run(wanted.steps(&self.browser.0)?)
    }
}

/// Runs all sets in all engines on each of the toolchains.
pub(crate) fn run(suites: &[Which]) -> Result<()> {
    let engines = [&Engine::BROWSERS[..], &[Engine::Node]].concat();
    let mut steps = Vec::new();
    for &suite in suites {
        steps.extend(Wanted::new(suite, &[])?.steps(&engines)?);
    }
    programs::run(steps)
}

/// Sets that are to run on a toolchain.
struct Wanted {
    suite: Which,
    version: Emscripten,
    sets: Vec<Set>,
}

impl Wanted {
    /// The sets of these names, or all of them, if the toolchain is new enough.
    fn new(suite: Which, names: &[String]) -> Result<Self> {
        let mut sets = sets::all();
        if let Some(name) = names.iter().find(|name| sets.iter().all(|set| set.name != **name)) {
            bail!("there is no set {name:?}: see cargo xtask suite --list");
        }
        let versions = Toolchain::of(suite).versions()?;
        print!("{versions}");
        let version = Emscripten::parse(&versions)?;
        sets.retain(|set| names.is_empty() || names.iter().any(|name| name == set.name));
        sets.retain(|set| {
            let can = version.is_since(set.since);
            if !can {
                let [major, minor, patch] = set.since;
                println!("\n{}: not before Emscripten {major}.{minor}.{patch}", set.name);
            }
            can
        });
        Ok(Self { suite, version, sets })
    }

    /// Builds and runs of all of them, in their order.
    fn steps(&self, requested: &[Engine]) -> Result<Vec<Step>> {
        let engines = installed(requested, false)?;
        let xtask = env::current_exe()?;
        let older = !self.version.is_since(NEWER);
        let mut steps = Vec::new();
        for set in &self.sets {
            let name = format!("{}, {}", word(self.suite), describe(set));
            match program(set, self.suite, self.version) {
                Some(browser) => {
                    let is_there = |engine: &Engine| engines.contains(engine);
                    let engines = if older { set.older } else { set.engines };
                    let engines: Vec<_> = engines.iter().copied().filter(is_there).collect();
                    if !engines.is_empty() {
                        let command = match set.what {
                            What::Endings { .. } | What::EndingsInNode => endings::command,
                            _ => |browser: &Browser, program: &_, engine| {
                                Ok(browser.command(program, engine))
                            },
                        };
                        steps.push(Step::Build(Job { name, browser, engines, command }));
                    }
                }
                // In a process of its own, whose output can be kept apart.
                None => {
                    let mut command = Command::new(&xtask);
                    command.args(["suite", &word(self.suite), set.name]);
                    if set.what == What::Own(Own::Runner) && older {
                        command.envs(QUICK); // as the sets before it
                    }
                    steps.push(Step::Run(Run::new(name, command)));
                }
            }
        }
        Ok(steps)
    }
}

/// Runs a set that is a command of its own.
fn run_own(own: Own, suite: Which) -> Result<()> {
    match own {
        Own::SideModule => side_module::run(suite),
        Own::Size => size::check(suite),
        Own::Runner => runner::check(suite),
    }
}

/// The programs of a set, if it is not a command of its own.
fn program(set: &Set, suite: Which, version: Emscripten) -> Option<Browser> {
    let toolchain = Toolchain::of(suite);
    let mut environment = match set.what {
        // As the commands of the set `runner` build it. Each check has its own limit.
        What::Endings { .. } => Vec::new(),
        What::EndingsInNode => variables(set),
        _ => environment(set, version),
    };
    if is_quick(set, version) {
        environment.extend(QUICK.map(|(name, value)| (name, value.to_owned())));
    }
    let browser =
        Browser { environment, package: Some("fetch-tests".into()), ..Browser::default() };
    Some(match set.what {
        What::Own(_) => return None,
        What::Leak => Browser { test: vec!["browser-leak".into()], toolchain, ..browser },
        What::Heal => {
            let manifest = project::root().join("tests/browser/heal.d/Cargo.toml");
            Browser { manifest_path: Some(manifest), package: None, toolchain, ..browser }
        }
        What::Game => Browser {
            toolchain: Toolchain { with: GAME_NEEDS.map(String::from).into(), ..toolchain },
            arguments: vec!["--demo".into()],
            ..with_assets("examples/game", browser)
        },
        What::Template => Browser { toolchain, ..with_assets("template", browser) },
        What::Endings { aborts } => Browser {
            worker: set.environment.contains(&sets::WORKER),
            package: Some(endings::PACKAGE.into()),
            bin: vec![endings::PROGRAM.into()],
            toolchain: toolchain.with_panic(panic_of(aborts)),
            ..browser
        },
        What::EndingsInNode => Browser {
            package: Some(endings::PACKAGE.into()),
            bin: vec![endings::PROGRAM.into()],
            features: vec!["node"],
            toolchain,
            ..browser
        },
        What::Examples { package, names, aborts } => {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let package = Some(package.into());
            Browser { names, toolchain: toolchain.with_panic(panic_of(aborts)), package, ..browser }
        }
        What::Tests | What::Threads => Browser {
            test: vec!["browser".into()],
            toolchain: toolchain.with_threads(set.what == What::Threads),
            arguments: vec![set.name.into()],
            ..browser
        },
    })
}

/// Whether the programs can be built with [`QUICK`]: on the older Emscripten, panics unwind through
/// JavaScript; and there are no pthreads in WebKitGTK.
fn is_quick(set: &Set, version: Emscripten) -> bool {
    let aborts =
        matches!(set.what, What::Endings { aborts: true } | What::Examples { aborts: true, .. });
    !version.is_since(NEWER) || aborts || set.what == What::Threads
}

/// The binaries of the project in this folder, which find its assets.
fn with_assets(folder: &str, browser: Browser) -> Browser {
    let folder = project::root().join(folder);
    Browser {
        manifest_path: Some(folder.join("Cargo.toml")),
        serve: Some(folder.join("assets")),
        package: None,
        ..browser
    }
}

fn panic_of(aborts: bool) -> Panic {
    if aborts { Panic::Abort } else { Panic::Unwind }
}

/// The variables of a set.
fn variables(set: &Set) -> Vec<(&'static str, String)> {
    set.environment.iter().map(|&(name, value)| (name, value.to_owned())).collect()
}

/// The variables of a set, and those that tell the tests Emscripten's abilities.
fn environment(set: &Set, version: Emscripten) -> Vec<(&'static str, String)> {
    let mut environment = variables(set);
    for feature in FEATURES {
        if version.is_since(feature.since) {
            environment.push((feature.variable, "yes".into()));
        }
    }
    // A machine may be slow; a program that hangs is found out all the same.
    environment.push(("FETCH_RUNNER_TIMEOUT", "600".into()));
    environment
}

fn describe(set: &Set) -> String {
    let names = |engines: &[Engine]| {
        engines.iter().map(|engine| engine.name()).collect::<Vec<_>>().join(" and ")
    };
    let mut text = set.name.to_owned();
    match set.what {
        What::Threads => text += ", with pthreads",
        What::Examples { names, aborts, .. } => {
            text += &format!(": {}", names.join(", "));
            if aborts {
                text += WHERE_PANICS_ABORT;
            }
        }
        What::Endings { aborts: true } => text += WHERE_PANICS_ABORT,
        What::EndingsInNode => text += ", with the feature `node`",
        _ => {}
    }
    if set.engines != Engine::BROWSERS {
        text += &format!(", in {}", names(set.engines));
    }
    if set.older != set.engines {
        let [major, minor, patch] = NEWER;
        text += &format!(", before {major}.{minor}.{patch} in {}", names(set.older));
    }
    for (name, value) in set.environment {
        text += &format!(", {name}={value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_tests_are_told_of_emscripten() {
        let names = |version| -> Vec<_> {
            environment(&sets::all()[0], version).into_iter().map(|(name, _)| name).collect()
        };
        let old = names(Emscripten(3, 1, 69));
        assert_eq!(old, ["FETCH_TEST_ASSERTIONS", "FETCH_RUNNER_TIMEOUT"]);
        let new = names(Emscripten(6, 0, 5));
        assert!(new.contains(&"FETCH_TEST_FINAL_URL") && new.contains(&"FETCH_TEST_STREAMING"));
    }

    #[test]
    fn a_set_says_how_it_runs() {
        let described: Vec<_> = sets::all().iter().map(describe).collect();
        assert!(described.contains(
            &"matrix, with pthreads, in Chromium and Firefox, FETCH_TEST_HEAP=default".to_owned()
        ));
        assert!(described.contains(&"examples: quickstart, where panics abort".to_owned()));
        assert!(described.contains(&"examples: grpc, oauth".to_owned()));
    }

    /// Cargo builds `std` and the macros' libraries once for programs of the same profile, also for
    /// those of another workspace.
    #[test]
    fn the_programs_of_heal_share_std_with_the_workspace() {
        let workspace = release_profile("Cargo.toml");
        let heal = release_profile("tests/browser/heal.d/Cargo.toml");
        let other: Vec<_> = heal.iter().filter(|line| !workspace.contains(line)).collect();
        assert!(other.is_empty(), "the workspace does not build with {other:?}");
        // The packages of the workspace are no part of heal.
        let left = workspace.iter().filter(|line| !heal.contains(line));
        let missing: Vec<_> = left.filter(|line| !line.starts_with("fetch-")).collect();
        assert!(missing.is_empty(), "heal lacks {missing:?}");
    }

    /// The settings and headings of a manifest's release profile.
    fn release_profile(manifest: &str) -> Vec<String> {
        let text = fs::read_to_string(project::root().join(manifest)).unwrap();
        let mut inside = false;
        let lines = text.lines().filter(|line| {
            if line.starts_with('[') {
                inside = line.starts_with("[profile.release");
            }
            inside && !line.is_empty() && !line.starts_with('#')
        });
        lines.map(str::to_owned).collect()
    }
}

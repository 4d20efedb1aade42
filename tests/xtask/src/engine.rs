//! The engines that programs run in, on this machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, ensure};

use crate::report::warn_left_out;

/// The engines as the tests know them.
#[path = "../../shared/engine.rs"]
#[allow(dead_code, unreachable_pub, reason = "the test program uses the rest")]
mod shared;

pub(crate) use shared::*;

/// The programs that it may be. A relative one is looked for on `PATH`.
fn programs(engine: Engine) -> Vec<PathBuf> {
    let names: &[&str] = match engine {
        Engine::Chromium => {
            &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]
        }
        Engine::Firefox => &["firefox-esr", "firefox"],
        Engine::WebKit => &["MiniBrowser"],
        Engine::Node => &["node"],
        Engine::Native => &[],
    };
    let mut programs: Vec<_> = names.iter().map(PathBuf::from).collect();
    if engine == Engine::WebKit {
        // Distributions keep it beside WebKit's own processes.
        let folders = [format!("/usr/lib/{}-linux-gnu", env::consts::ARCH), "/usr/libexec".into()];
        for folder in folders {
            programs.push(Path::new(&folder).join("webkit2gtk-4.1/MiniBrowser"));
        }
    }
    programs
}

/// Debian's packages of it.
pub(crate) const fn packages(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Chromium => &["chromium"],
        Engine::Firefox => &["firefox-esr"],
        Engine::WebKit => &["webkit2gtk-driver", "xvfb"],
        Engine::Node => &["nodejs"],
        Engine::Native => &[],
    }
}

/// The oldest major version of Node under which the tests run.
const OLDEST_NODE: u32 = 20;

/// Its program.
///
/// # Errors
/// A part of it that is not installed, and its packages; or a Node that is too old.
pub(crate) fn find(engine: Engine) -> Result<PathBuf> {
    let missing = |part: &str| {
        let packages = packages(engine).join(" ");
        anyhow!("no {part} on this machine (Debian: apt-get install -y {packages})")
    };
    let program = programs(engine).iter().find_map(|program| on_path(program));
    let program = program.ok_or_else(|| missing(engine.name()))?;
    if engine == Engine::WebKit {
        on_path(Path::new("Xvfb")).ok_or_else(|| missing("Xvfb"))?;
    }
    check_version(engine, &program)?;
    Ok(program)
}

/// Those of these engines that `find` finds. A single one has to be there. Of several, one that is
/// missing is left out, which with `CI=true` is a failure for Chromium and Firefox.
pub(crate) fn present(
    engines: &[Engine],
    is_ci: bool,
    find: impl Fn(Engine) -> Result<()>,
) -> Result<Vec<Engine>> {
    let mut there = Vec::new();
    for &engine in engines {
        match find(engine) {
            Ok(()) => there.push(engine),
            Err(error) if engines.len() == 1 => return Err(error),
            Err(error) if may_be_left_out(engine, is_ci) => {
                warn_left_out(&format!("{}: {error:#}", engine.name()));
            }
            Err(error) => return Err(error.context("CI=true, and a browser is missing")),
        }
    }
    ensure!(!there.is_empty(), "none of these browsers is on this machine");
    Ok(there)
}

/// Whether a run in several engines goes on without this one.
fn may_be_left_out(engine: Engine, is_ci: bool) -> bool {
    !is_ci || !matches!(engine, Engine::Chromium | Engine::Firefox)
}

/// Asks Node for its version. The browsers of all supported distributions are new enough.
fn check_version(engine: Engine, program: &Path) -> Result<()> {
    if engine != Engine::Node {
        return Ok(());
    }
    let printed = Command::new(program).arg("--version").output();
    let printed = printed.with_context(|| format!("cannot run {}", program.display()))?;
    check_node(&String::from_utf8_lossy(&printed.stdout))
        .with_context(|| program.display().to_string())
}

/// Whether Node is new enough, by what `node --version` prints: v20.19.2, for example.
fn check_node(printed: &str) -> Result<()> {
    let printed = printed.trim();
    let major = printed.strip_prefix('v').and_then(|version| version.split('.').next());
    let major: Option<u32> = major.and_then(|major| major.parse().ok());
    let major = major.with_context(|| format!("{printed:?} is no version of Node"))?;
    ensure!(
        major >= OLDEST_NODE,
        "this is Node {printed}, and Node {OLDEST_NODE} or later is needed: install one from \
         https://nodejs.org, and put its folder first in PATH"
    );
    Ok(())
}

fn on_path(program: &Path) -> Option<PathBuf> {
    if program.is_absolute() {
        return program.is_file().then(|| program.to_owned());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The engines that a command names, `all` being all browsers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engines(pub(crate) Vec<Engine>);

impl Default for Engines {
    fn default() -> Self {
        Self(vec![Engine::Chromium])
    }
}

impl FromStr for Engines {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [&Engine::BROWSERS[..], &[Engine::Node]].concat();
        let mut engines = Vec::new();
        for word in text.split(',').map(str::trim) {
            if word == "all" {
                engines.extend(Engine::BROWSERS);
                continue;
            }
            let engine = known.iter().find(|engine| engine.word() == word);
            engines.push(*engine.ok_or_else(|| {
                format!("there is no {word:?}: chromium, firefox, webkit, all or node")
            })?);
        }
        Ok(Self(engines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_names() {
        let parse = |text: &str| text.parse::<Engines>().map(|engines| engines.0);
        assert_eq!(parse("all"), Ok(Engine::BROWSERS.to_vec()));
        assert_eq!(parse("firefox, webkit"), Ok(vec![Engine::Firefox, Engine::WebKit]));
        assert_eq!(parse("node"), Ok(vec![Engine::Node]));
        assert!(parse("safari").is_err() && parse("native").is_err() && parse("").is_err());
    }

    #[test]
    fn a_missing_engine_is_left_out() {
        let all = "all,node".parse::<Engines>().unwrap().0;
        for engine in &all {
            let is_required = [Engine::Chromium, Engine::Firefox].contains(engine);
            for is_ci in [false, true] {
                assert_eq!(may_be_left_out(*engine, is_ci), !(is_ci && is_required));
                let missing = |other| match other == *engine {
                    true => Err(anyhow!("it is missing")),
                    false => Ok(()),
                };
                let others = all.iter().filter(|other| *other != engine).copied();
                let there = present(&all, is_ci, missing);
                match is_ci && is_required {
                    true => {
                        assert_eq!(there.unwrap_err().root_cause().to_string(), "it is missing")
                    }
                    false => assert_eq!(there.unwrap(), others.collect::<Vec<_>>()),
                }
                assert!(present(&[*engine], is_ci, missing).is_err());
            }
        }
        assert!(present(&all, false, |_| Err(anyhow!("it is missing"))).is_err());
    }

    #[test]
    fn node_is_not_too_old() {
        for version in ["v20.0.0\n", "v20.20.2", "v100.1.0"] {
            check_node(version).unwrap();
        }
        let error = check_node("v18.19.0\n").unwrap_err().to_string();
        let has = |text| error.contains(text);
        assert!(has("Node v18.19.0") && has("Node 20") && has("nodejs.org"), "{error}");
        for text in ["", "v", "20.1.0", "v20x.1", "command not found"] {
            let error = check_node(text).unwrap_err().to_string();
            assert!(error.contains("is no version of Node"), "{error}");
        }
    }

    #[test]
    fn only_node_is_asked_for_its_version() {
        check_version(Engine::Chromium, Path::new("/there/is/no/chromium")).unwrap();
        assert!(check_version(Engine::Node, Path::new("/there/is/no/node")).is_err());
        // It prints no version of Node.
        assert!(check_version(Engine::Node, Path::new("/bin/true")).is_err());
    }

    #[test]
    fn programs_are_on_the_path_or_at_a_place_of_their_own() {
        assert!(on_path(Path::new("sh")).is_some());
        assert_eq!(on_path(Path::new("/there/is/no/MiniBrowser")), None);
        assert_eq!(on_path(Path::new("there-is-no-such-program")), None);
    }
}

//! Licences, versions and sources of the dependencies, by the tool `cargo-deny`; `deny.toml` has
//! the rules.

use anyhow::Result;

use crate::command::{program, run};
use crate::project;
use crate::tools;

/// Checks every package in the project's `Cargo.lock`. Of those of the commands, the benchmarks and
/// the game, which no user builds, it checks the licences and sources. The database of known
/// vulnerabilities is not on crates.io, so RELEASING.md has its check.
pub(crate) fn check() -> Result<()> {
    deny("Cargo.toml", &["bans", "licenses", "sources"])?;
    deny("examples/game/Cargo.toml", &["licenses", "sources"])?;
    deny("tests/bench.d/Cargo.toml", &["licenses", "sources"])?;
    deny("tests/xtask/Cargo.toml", &["licenses", "sources"])
}

fn deny(manifest: &str, checks: &[&str]) -> Result<()> {
    let mut deny = program(tools::DENY.program()?);
    deny.args(["--manifest-path", manifest, "--locked", "--config", "deny.toml", "check"]);
    run(deny.args(checks).current_dir(project::root()))
}

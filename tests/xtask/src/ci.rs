//! The gate: everything that has to hold before a change is merged.

use anyhow::Result;

use crate::check;
use crate::command::{cargo, run};
use crate::report::say;
use crate::test::own;
use crate::{api, project};

/// Runs all of it, in this order.
pub(crate) fn run_all() -> Result<()> {
    say("Formatting");
    run(&mut cargo("fmt --all --check"))?;
    run(&mut cargo("fmt --check --manifest-path tests/xtask/Cargo.toml"))?;

    say("Sources: circles, lines, links, mutations, spelling");
    check::run(&[])?;

    say("Lints");
    run(&mut cargo("clippy --workspace --all-targets --locked -- -D warnings"))?;
    let mut xtask = own("clippy --locked --all-targets --features browser");
    run(xtask.args(["--", "-D", "warnings"]))?;
    // It includes the macros' sources, which are linted above, for an older Rust.
    run(&mut own("check --locked --features cost --bin fetch-macros-cost"))?;
    // The fuzz targets, which are built by hand otherwise.
    let mut fuzz = cargo("clippy --locked --manifest-path tests/fuzz/Cargo.toml --target-dir");
    fuzz.arg(project::target_dir().join("fuzz")).args(["--", "-D", "warnings"]);
    run(fuzz.env("RUSTFLAGS", "--cfg fuzzing"))?;

    say("Documentation");
    let mut doc = cargo("doc --workspace --no-deps --document-private-items --locked");
    run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;

    say("The public API");
    api::check(false)?;

    // By the command that the README names.
    run(&mut crate::command::program("./tests/run"))?;

    say("The quickstart");
    run(&mut cargo("run --locked --example quickstart"))?;
    say("All passed");
    Ok(())
}

//! The gate: everything that has to hold before a change is merged.

use std::path::PathBuf;
use std::time::SystemTime;
use std::{env, fs, thread};

use anyhow::{Context, Result};

use crate::check;
use crate::command::{cargo, run};
use crate::report::say;
use crate::suite::GAME_NEEDS;
use crate::test::own;
use crate::toolchain::{Suite, Toolchain, word};
use crate::{api, project, rustdoc};

/// Runs all of it. A new machine downloads the toolchains meanwhile.
pub(crate) fn run_all() -> Result<()> {
    thread::scope(|scope| {
        let toolchains = scope.spawn(prepare_toolchains);
        let result = in_order();
        if let Err(error) = &result {
            // An early step may have failed, while the toolchains are being made.
            eprintln!("xtask: {error:#}");
        }
        toolchains.join().expect("it does not panic");
        result
    })
}

/// Makes the toolchains of the tests. Those ask for them again, and report what is missing.
fn prepare_toolchains() {
    // What the game needs cannot be installed later without a wait for the runs of other programs.
    let with_game = GAME_NEEDS.map(String::from).into();
    for (suite, with) in [(Suite::Trixie, Vec::new()), (Suite::Sid, with_game)] {
        if let Err(error) = (Toolchain { with, ..Toolchain::of(suite) }).prepare() {
            eprintln!("{}: {error:#}", word(suite));
        }
    }
}

fn in_order() -> Result<()> {
    say("Formatting");
    run(&mut cargo("fmt --all --check"))?;
    run(&mut cargo("fmt --check --manifest-path tests/xtask/Cargo.toml"))?;
    run(&mut cargo("fmt --all --check --manifest-path tests/bench.d/Cargo.toml"))?;
    run(&mut cargo("fmt --check --manifest-path examples/game/Cargo.toml"))?;

    say("Sources: circles, dependencies, lines, links, mutations, spelling");
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

    // The programs of other clients, which `cargo xtask bench` builds for the web. One of them only
    // calls wasm-bindgen's own library, which takes a minute to build.
    let mut bench = cargo("clippy --locked --workspace --exclude bench-bindgen --features");
    bench.args(["bench-wasm-bindgen/page", "--manifest-path", "tests/bench.d/Cargo.toml"]);
    bench.arg("--target-dir").arg(project::target_dir());
    run(bench.args(["--", "-D", "warnings"]))?;

    say("Documentation");
    rustdoc::check(rustdoc::Scope::Everything)?;

    say("The public API");
    api::check(false)?;

    say("The packages");
    packages()?;

    // By the command that the README names.
    run(&mut crate::command::program("./tests/run"))?;

    say("All passed");
    Ok(())
}

/// Makes the packages and builds them.
fn packages() -> Result<()> {
    // cargo takes what an earlier dry run has unpacked and built for that of this run, as the
    // version is the same. The registry of a dry run has no host's name.
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.context("there is no home folder")?.join("registry/src");
    for entry in fs::read_dir(&sources).into_iter().flatten() {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('-') {
            fs::remove_dir_all(entry.path())?;
        }
    }
    // A value that no other run has makes it another build.
    let number = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() % 1_000_000;
    let units = format!("profile.dev.package.fetch-macros.codegen-units={}", number + 256);
    let mut publish = cargo("publish --dry-run --locked --allow-dirty");
    run(publish.args(["-p", "fetch-macros", "-p", "fetch-runtime", "--config", &units]))
}

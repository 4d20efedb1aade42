//! The gate: everything that has to hold before a change is merged.

use std::path::PathBuf;
use std::time::SystemTime;
use std::{env, fs};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::check;
use crate::command::{cargo, run};
use crate::report::say;
use crate::test::own;
use crate::{api, project, rustdoc};

/// Runs all of it, in this order.
pub(crate) fn run_all() -> Result<()> {
    say("Formatting");
    run(&mut cargo("fmt --all --check"))?;
    run(&mut cargo("fmt --check --manifest-path tests/xtask/Cargo.toml"))?;
    run(&mut cargo("fmt --all --check --manifest-path tests/bench.d/Cargo.toml"))?;

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

    // The programs of other clients, which `cargo xtask bench` builds for the web.
    let mut bench = cargo("clippy --locked --workspace --features bench-wasm-bindgen/page");
    bench.args(["--manifest-path", "tests/bench.d/Cargo.toml", "--target-dir"]);
    run(bench.arg(project::target_dir()).args(["--", "-D", "warnings"]))?;

    say("Documentation");
    let mut doc = cargo("doc --workspace --no-deps --document-private-items --locked");
    run(doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    rustdoc::check()?;

    say("The public API");
    api::check(false)?;

    say("The packages");
    packages()?;

    // By the command that the README names.
    run(&mut crate::command::program("./tests/run"))?;

    say("The template, and the examples");
    let template = "run --locked --manifest-path template/Cargo.toml --target-dir";
    run(cargo(template).arg(project::target_dir().join("template")))?;
    run(&mut cargo("run --locked --example get"))?;
    run(&mut cargo("run --locked --example quickstart"))?;
    run(&mut cargo("run --locked --example save_game"))?;
    run(&mut cargo("run --locked --example grpc"))?;
    run(&mut cargo("run --locked --example oauth"))?;
    run(&mut cargo("run --locked --example asset_loader"))?;
    run(&mut cargo("run --locked --example cache_lab"))?;
    run(&mut cargo("run --locked --example chat"))?;

    say("The game");
    game()?;
    say("All passed");
    Ok(())
}

/// Lints the game, and lets it play by itself without a window. A second time, there are no files:
/// it starts from the cache.
fn game() -> Result<()> {
    let cargo_for_game = |arguments: &str| {
        let mut command = cargo(arguments);
        command.args(["--locked", "--manifest-path", "examples/game/Cargo.toml", "--target-dir"]);
        command.arg(project::target_dir().join("game"));
        command
    };
    run(&mut cargo("fmt --check --manifest-path examples/game/Cargo.toml"))?;
    let features = "memory,make-assets";
    let mut lints = cargo_for_game("clippy --all-targets");
    run(lints.args(["--features", features, "--", "-D", "warnings"]))?;
    run(cargo_for_game("test").args(["--features", features]))?;
    let folder = TempDir::new()?;
    let (from, assets) =
        (project::root().join("examples/game/assets"), folder.path().join("assets"));
    for part in ["levels", "sounds", "textures"] {
        fs::create_dir_all(assets.join(part))?;
        for entry in fs::read_dir(from.join(part))? {
            let file = entry?;
            fs::copy(file.path(), assets.join(part).join(file.file_name()))?;
        }
    }
    let play = || {
        let mut game = cargo_for_game("run");
        game.args(["--features", features, "--bin", "starbreak", "--", "--demo", "--assets"]);
        run(game.arg(&assets).arg("--cache").arg(folder.path().join("cache")))
    };
    play()?;
    fs::remove_dir_all(&assets)?;
    play()
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

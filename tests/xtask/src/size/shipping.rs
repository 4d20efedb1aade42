//! The sizes of programs with the flags of fetch-runtime/docs/shipping.md, as a server sends them.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use super::source;
use crate::browser::{build_runner, installed, runner};
use crate::command::{output, program, run};
use crate::engine::Engine;
use crate::toolchain::{Panic, Suite, TARGET, Toolchain};

/// The most bytes that the crate may add, compressed, to a program that prints and uses the C API.
const SHARE: i64 = 4_000;

/// A step: what is new in it. Each has all that the steps before it have.
struct Step {
    name: &'static str,
    flags: &'static [&'static str],
    /// std is built with its feature `optimize_for_size`.
    small_std: bool,
}

const fn flags(name: &'static str, flags: &'static [&'static str]) -> Step {
    Step { name, flags, small_std: false }
}

const STEPS: &[Step] = &[
    flags("the profile", &[]),
    flags("-sFILESYSTEM=0", &["-sFILESYSTEM=0"]),
    flags("-sENVIRONMENT=web", &["-sENVIRONMENT=web"]),
    flags("-sMALLOC=emmalloc", &["-sMALLOC=emmalloc"]),
    Step { name: "std: optimize_for_size", flags: &[], small_std: true },
];

/// Builds the programs of each step, runs one of them in each engine, and prints a table.
pub(super) fn measure(suite: Suite) -> Result<()> {
    build_runner()?;
    let engines = installed(&Engine::BROWSERS, false)?;
    let toolchain = Toolchain::of(suite).with_panic(Panic::Abort);
    let release = toolchain.target_dir()?.join("shipping").join(TARGET).join("release");
    println!("compressed, with         prints  and the C API  and a fetch!  share");
    let mut all = Vec::new();
    let mut share = i64::MAX;
    for (index, step) in STEPS.iter().enumerate() {
        all.extend_from_slice(step.flags);
        let small_std = STEPS[..=index].iter().any(|step| step.small_std);
        build(&toolchain, &all, small_std)?;
        let sizes = ["prints", "prints_by_hand", "prints_and_fetches"]
            .map(|name| compressed(&release.join(name)));
        let [prints, by_hand, fetches] = sizes;
        let (prints, by_hand, fetches) = (prints?, by_hand?, fetches?);
        share = fetches - by_hand;
        println!("{:<24} {prints:>6} {by_hand:>14} {fetches:>13} {share:>6}", step.name);
        for &engine in &engines {
            let mut runner = program(runner());
            runner.env("FETCH_RUNNER_BROWSER", engine.word()).env("FETCH_RUNNER_TIMEOUT", "120");
            run(runner.arg(release.join("links.js")))?;
        }
    }
    ensure!(share <= SHARE, "a fetch! adds {share} bytes; {SHARE} are allowed");
    Ok(())
}

/// Builds the programs with these flags of the linker.
fn build(toolchain: &Toolchain, flags: &[&str], small_std: bool) -> Result<()> {
    const SCRIPT: &str = r#"
        manifest=$1/Cargo.toml target=$2 features=$3
        shift 3
        [ -z "$features" ] || export CARGO_UNSTABLE_BUILD_STD_FEATURES=$features
        for bin in prints prints_by_hand prints_and_fetches links; do
            cargo rustc --quiet --release --locked --manifest-path "$manifest" \
                --target-dir "$target" --bin "$bin" -- "$@"
        done
    "#;
    let mut command = toolchain.script_alone(SCRIPT);
    command.args([source(), toolchain.target_dir()?.join("shipping")]);
    command.arg(if small_std { "optimize_for_size" } else { "" });
    command.args(flags.iter().map(|flag| format!("-Clink-arg={flag}")));
    run(&mut command)
}

/// The size of a program's two files, compressed.
fn compressed(program: &Path) -> Result<i64> {
    Ok(gzipped(&program.with_extension("wasm"))? + gzipped(&program.with_extension("js"))?)
}

/// The length of a file that `gzip -9` has compressed.
fn gzipped(file: &Path) -> Result<i64> {
    let mut gzip = program("gzip");
    gzip.args(["-9", "--no-name", "--stdout"]).arg(file).stderr(Stdio::inherit());
    let output = output(&mut gzip)?;
    ensure!(output.status.success(), "gzip failed for {}", file.display());
    i64::try_from(output.stdout.len()).context("a length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_is_small() {
        let folder = tempfile::tempdir().unwrap();
        for (extension, text) in [("wasm", "a".repeat(10_000)), ("js", String::new())] {
            std::fs::write(folder.path().join("p").with_extension(extension), text).unwrap();
        }
        let size = compressed(&folder.path().join("p")).unwrap();
        assert!((40..120).contains(&size), "{size}");
        assert!(compressed(&folder.path().join("q")).is_err());
    }
}

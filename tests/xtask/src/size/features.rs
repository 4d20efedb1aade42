//! The bytes and the crates that each feature adds to a program.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use super::{Sizes, source};
use crate::command::{cargo, run, stdout};
use crate::toolchain::{Panic, Suite, TARGET, Toolchain};

/// The smallest program, which uses no feature.
const SMALLEST: &str = "with_fetch";

/// The rows: the features of the package, and the program.
const ROWS: &[(&str, &str)] = &[
    ("multipart", "multipart"),
    ("observer", "observer"),
    ("log", SMALLEST),
    ("json", "json"),
    ("form", "form"),
    ("integrity", "integrity"),
    ("bytes", "bytes"),
    ("http", "http"),
    ("futures", "streamed"),
    ("futures", "futures"),
    ("tower", "tower"),
    ("node", SMALLEST),
    ("heal", SMALLEST),
];

/// The features that cost nothing in a program that does not use them. With `integrity`, `log`,
/// `observer` and `node`, each program has their code.
const UNUSED: &str = "json,form,futures,tower";

/// Builds the programs and prints a table. A feature that is not used must not add a byte.
pub(super) fn measure(suite: Suite) -> Result<()> {
    let toolchain = Toolchain::of(suite).with_panic(Panic::Abort);
    let smallest = build(&toolchain, "", SMALLEST)?;
    let own = crates("")?;
    println!("{:<24} {:<12} {:>8} {:>8}   crates", "feature", "program", ".wasm", ".js");
    let row = |features: &str, program: &str| -> Result<Sizes> {
        let sizes = build(&toolchain, features, program)?;
        let wasm = sizes.wasm - smallest.wasm;
        let js = sizes.js - smallest.js;
        let crates: Vec<_> = crates(features)?.difference(&own).cloned().collect();
        let names = crates.join(", ");
        println!("{features:<24} {program:<12} {wasm:>+8} {js:>+8}   {} {names}", crates.len());
        Ok(sizes)
    };
    for (features, program) in ROWS {
        row(features, program)?;
    }
    for program in ["awaited", "cached", "housekeeping"] {
        row("", program)?;
    }
    let unused = row(UNUSED, SMALLEST)?;
    ensure!(unused == smallest, "features that are not used add bytes: {unused:?}, {smallest:?}");
    Ok(())
}

/// Builds one program.
fn build(toolchain: &Toolchain, features: &str, program: &str) -> Result<Sizes> {
    const SCRIPT: &str = r#"
        cargo build --quiet --release --locked --manifest-path "$1/Cargo.toml" \
            --target-dir "$2" --features "$3" --bin "$4"
    "#;
    let target = toolchain.target_dir()?.join("size");
    let mut command = toolchain.script_alone(SCRIPT);
    command.args([source(), target.clone()]);
    run(command.args([features, program]))?;
    Sizes::of(&target.join(TARGET).join("release").join(program))
}

/// The crates of fetch-runtime on the web, without those that run at build time.
fn crates(features: &str) -> Result<BTreeSet<String>> {
    // Two of the package's features are not the crate's.
    let features = features.replace("multipart", "").replace("heal", "");
    let mut tree =
        cargo("tree --package fetch-runtime --locked --no-default-features --prefix none");
    tree.args(["--edges", "normal,no-proc-macro", "--target", TARGET, "--features", &features]);
    let tree = stdout(&mut tree)?;
    Ok(tree.lines().filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect())
}

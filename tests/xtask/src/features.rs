//! fetch-runtime with each of its features, and each two of them on and off, as its users build it.
//! In the workspace, cargo adds those that the tests need.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::command::{cargo, run, stdout};
use crate::project;
use crate::toolchain::{QUICK, Suite, Toolchain};

/// Outside Emscripten, the crate does not compile without a backend, and says so.
const BACKEND: &str = "native-http";
/// The crates of a desktop program with all parts of the native backend, and with the smallest one,
/// where the lock file has `idna_adapter` 1.1; see `cargo xtask build-cost`.
const MOST_CRATES: [(&str, usize); 2] = [("native", 83), ("native-http", 47)];

#[derive(Args)]
pub(crate) struct Features {
    /// Only the installed Rust, with clippy
    #[arg(long)]
    quick: bool,

    /// Only Rust 1.85, for this machine and for the web
    #[arg(long, conflicts_with = "quick")]
    toolchain: bool,
}

impl Features {
    pub(crate) fn run(&self) -> Result<()> {
        if !self.toolchain {
            installed()?;
        }
        if !self.quick {
            oldest()?;
        }
        Ok(())
    }
}

/// With the installed Rust and clippy: none of them, all of them, and each two on and off. Each one
/// alone is for the oldest Rust.
pub(crate) fn installed() -> Result<()> {
    on_the_web()?;
    on_the_desktop()?;
    let features = features()?;
    let names: Vec<_> = features.iter().map(String::as_str).collect();
    let all = [vec![false; names.len()], vec![true; names.len()]];
    for row in all.into_iter().chain(combinations(names.len())) {
        let on = names.iter().zip(row).filter_map(|(name, on)| on.then_some(*name));
        let on: Vec<_> = std::iter::once(BACKEND).chain(on).collect();
        println!("{}", on.join(", "));
        let mut clippy = cargo("clippy --quiet --package fetch-runtime --lib --locked");
        clippy.args(["--no-default-features", "--features", &on.join(",")]);
        run(clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// The features, without the backend, and without those that only name others.
fn features() -> Result<Vec<String>> {
    let mut metadata = cargo("metadata --no-deps --locked --format-version 1 --manifest-path");
    let metadata = stdout(metadata.arg(project::root().join("Cargo.toml")))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let mut packages = metadata["packages"].as_array().into_iter().flatten();
    let package = packages.find(|package| package["name"] == "fetch-runtime");
    let features = package.and_then(|package| package["features"].as_object());
    let features = features.context("cargo metadata knows no features of fetch-runtime")?;
    let names = features.keys().filter(|name| !["default", "native", BACKEND].contains(&&***name));
    Ok(names.cloned().collect())
}

/// Rows of features that are on or off. Each two features are both on in one of the rows, both off
/// in another, and on and off, in either order, in others.
fn combinations(features: usize) -> Vec<Vec<bool>> {
    let mut missing: BTreeSet<_> = (0..features)
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .flat_map(|(a, b)| [0, 1, 2, 3].map(|bits| (a, bits & 1 == 1, b, bits & 2 == 2)))
        .collect();
    let mut rows = Vec::new();
    while let Some(&(a, on, b, other)) = missing.first() {
        // The first that is missing, and for each further feature what adds more.
        let mut row: Vec<Option<bool>> = vec![None; features];
        (row[a], row[b]) = (Some(on), Some(other));
        for at in 0..features {
            let new = |on| {
                let others = row.iter().enumerate().filter_map(|(b, set)| Some((b, (*set)?)));
                let pair = |(b, set)| if b < at { (at, on, b, set) } else { (b, set, at, on) };
                others.map(pair).filter(|pair| missing.contains(pair)).count()
            };
            row[at] = row[at].or_else(|| Some(new(true) >= new(false)));
        }
        let row: Vec<_> = row.into_iter().flatten().collect();
        missing.retain(|&(a, on, b, other)| row[a] != on || row[b] != other);
        rows.push(row);
    }
    rows
}

/// On the web, a program with the default features depends on libc alone.
fn on_the_web() -> Result<()> {
    let tree = "tree --locked --package fetch-runtime --target wasm32-unknown-emscripten \
         --edges normal --depth 1 --format {p} --prefix none";
    let crates = stdout(&mut cargo(tree))?;
    let names: Vec<_> = crates.lines().filter_map(|line| line.split(' ').next()).collect();
    ensure!(
        names == ["fetch-runtime", "fetch-macros", "libc"],
        "on the web, fetch-runtime needs other crates than libc: {names:?}"
    );
    Ok(())
}

/// On the desktop, there are no more crates than there were.
fn on_the_desktop() -> Result<()> {
    for (feature, most) in MOST_CRATES {
        let tree = "tree --locked --package fetch-runtime --target x86_64-unknown-linux-gnu \
             --edges normal --no-dedupe --format {p} --prefix none --no-default-features \
             --features";
        let tree = stdout(cargo(tree).arg(feature))?;
        let crates: BTreeSet<_> = tree.lines().skip(1).collect();
        ensure!(crates.len() <= most, "{feature} needs {} crates: {crates:?}", crates.len());
    }
    Ok(())
}

/// With Debian's Rust 1.85, the oldest that is supported: none of the features, each one, and all.
pub(crate) fn oldest() -> Result<()> {
    // For this machine, with the toolchain's compiler as a plain one.
    const NATIVE: &str = r#"
        unset CARGO_BUILD_TARGET CARGO_UNSTABLE_BUILD_STD CARGO_UNSTABLE_BUILD_STD_FEATURES \
            RUSTC_BOOTSTRAP
        export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/native RUSTFLAGS="-D warnings"
        for features; do
            echo "for this machine: $features"
            cargo check --quiet --package fetch-runtime --lib --locked --no-default-features \
                --features "native-http,$features"
        done
    "#;
    // The flags go to the crate alone, so that std is that of the browser's tests. It is not
    // optimised, as nobody runs it.
    const WEB: &str = r#"
        for features; do
            echo "for the web: $features"
            cargo rustc --quiet --package fetch-runtime --lib --locked --release \
                --no-default-features --features "$features" -- -D warnings -C opt-level=0
        done
    "#;
    let toolchain = Toolchain::of(Suite::Trixie);
    let features = features()?;
    let all = features.join(",");
    for script in [NATIVE, WEB] {
        let mut each = toolchain.exec("sh");
        // The std of the browser's tests.
        each.envs(QUICK).args(["-euc", script, "-", ""]).args(&features);
        run(each.arg(&all))?;
    }
    // The native backend's machine does no I/O, so it compiles for the web as well.
    let mut machine = toolchain.exec("cargo");
    machine.args(words("rustc --package fetch-runtime --lib --locked --release --"));
    let flags = ["--cfg", "fetch_machine", "-D", "warnings", "-C", "opt-level=0"];
    run(machine.envs(QUICK).args(flags))?;
    // The documentation for the web, as docs.rs builds it.
    let mut doc = toolchain.exec("cargo");
    doc.args(words("rustdoc --package fetch-runtime --lib --all-features --locked --release --"));
    run(doc.envs(QUICK).args(["--cfg", "docsrs", "-D", "warnings"]))
}

fn words(text: &str) -> std::str::SplitWhitespace<'_> {
    text.split_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_two_features_are_on_and_off() {
        let rows = combinations(15);
        for a in 0..15 {
            for b in 0..a {
                let seen: BTreeSet<_> = rows.iter().map(|row| (row[a], row[b])).collect();
                assert_eq!(seen.len(), 4, "{a} and {b} in {rows:?}");
            }
        }
        assert!(rows.len() <= 14, "{} rows", rows.len());
        assert!(combinations(1).is_empty());
    }

    #[test]
    fn the_features_are_known() {
        let features = features().expect("cargo knows them");
        assert!(features.iter().any(|name| name == "json"), "{features:?}");
        assert!(!features.iter().any(|name| name == "default"), "{features:?}");
    }
}

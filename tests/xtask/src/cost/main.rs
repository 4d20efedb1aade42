//! Measures the macros, on a machine that does nothing else: `cargo xtask cost`. Ratios are
//! against a rival in the same run.

// The expansion as a function: a procedural macro cannot be called from a program.
#[path = "../../../../fetch-macros/src/crate_path.rs"]
mod crate_path;
#[path = "../../../../fetch-macros/src/errors.rs"]
mod errors;
#[path = "../../../../fetch-macros/src/handler/mod.rs"]
mod handler;
#[path = "../../../../fetch-macros/src/hygiene.rs"]
mod hygiene;
#[path = "../../../../fetch-macros/src/nearest.rs"]
mod nearest;
#[path = "../../../../fetch-macros/src/option_rules.rs"]
mod option_rules;
#[path = "../../../../fetch-macros/src/request/mod.rs"]
mod request;

mod build;
mod generate;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::build::{cargo, fetch, median};
use crate::generate::{PAIRS, generate, source, touch};

fn main() -> Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| "target".into()));
    let folder = folder.join("cost");
    match env::args().nth(2).as_deref() {
        Some("expansions") => expansions(&folder),
        Some("build") => build_of_the_crate(&folder),
        _ => bail!("expansions or build"),
    }
}

/// `cargo check` of requests and handlers, with the macros and with their output in place of them.
fn expansions(folder: &Path) -> Result<()> {
    const ROUNDS: usize = 9;
    let runtime = format!("fetch-runtime = {{ path = {:?} }}", project().join("fetch-runtime"));
    let target = folder.join("target");
    let macros = generate(&folder.join("macros"), &source(false)?, &runtime)?;
    let written_out = generate(&folder.join("written-out"), &source(true)?, &runtime)?;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (package, times) in [&macros, &written_out].into_iter().zip(&mut times) {
            touch(package)?;
            let time = cargo("check", package, &target)?;
            // The first one builds the dependencies.
            if round > 0 {
                times.push(time);
            }
        }
    }
    let [with, without] = times.each_mut().map(|times| median(times));
    println!(
        "cargo check of {PAIRS} handlers and {PAIRS} requests, medians of {ROUNDS}: \
         {with:.3} s with macros, {without:.3} s written out: {:.2} x, {:.0} µs a pair",
        with / without,
        (with - without) * 1e6 / PAIRS as f64,
    );
    Ok(())
}

/// A build of fetch-macros from nothing, beside those of known macro crates.
fn build_of_the_crate(folder: &Path) -> Result<()> {
    const ROUNDS: usize = 3;
    let own = format!("fetch-macros = {{ path = {:?} }}", project().join("fetch-macros"));
    let rivals = [
        ("fetch-macros", own.as_str()),
        ("tokio-macros", "tokio-macros = \"2\""),
        ("async-trait", "async-trait = \"0.1\""),
    ];
    let mut times = rivals.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((name, dependency), times) in rivals.iter().zip(&mut times) {
            let package = generate(&folder.join(name), "", dependency)?;
            fetch(&package)?;
            let target = package.join("target");
            if target.exists() {
                std::fs::remove_dir_all(&target)?;
            }
            times.push(cargo("build", &package, &target)?);
        }
    }
    let times = times.each_mut().map(|times| median(times));
    println!("cold build of fetch-macros, median of {ROUNDS}: {:.2} s", times[0]);
    for ((name, _), time) in rivals.iter().zip(times).skip(1) {
        println!("cold build of {name}: {time:.2} s; ours is {:.2} x", times[0] / time);
    }
    Ok(())
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

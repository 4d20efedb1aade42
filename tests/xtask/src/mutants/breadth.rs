//! cargo-mutants over the files in which a mistake corrupts memory, leaks or calls back twice.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::command::program;
use crate::project;
use crate::tools;

/// Files or folders in fetch-runtime/src.
const SOURCES: &[&str] = &[
    "raw/close.rs",
    "raw/snapshot.rs",
    "raw/timeout.rs",
    "flight/cancel.rs",
    "flight/closable.rs",
    "bridge/completion.rs",
    "request/validate",
    "sys/native/machine",
];

/// Mutations that no test can notice: a part of each name, and the reason.
const SURVIVORS: &[(&str, &str)] =
    &[("<impl Debug", "a text for people, which no program depends on")];

/// cargo-mutants with the mutations whose name has this part.
pub(super) fn command(name: &str, shard: Option<&str>) -> Result<Command> {
    let source = project::root().join("fetch-runtime/src");
    let mut mutants = program(tools::MUTANTS.program()?);
    mutants.args(["mutants", "--no-shuffle", "--minimum-test-timeout", "60"]);
    for file in SOURCES {
        ensure!(source.join(file).exists(), "{file} is gone: name it anew in SOURCES");
        let is_folder = source.join(file).is_dir();
        let pattern = if is_folder { format!("{file}/**/*.rs") } else { (*file).to_owned() };
        mutants.args(["--file", &format!("fetch-runtime/src/{pattern}")]);
    }
    if !name.is_empty() {
        mutants.args(["--re", name]);
    }
    if let Some(shard) = shard {
        mutants.args(["--shard", shard]);
    }
    mutants.args(["--test-package", "fetch-runtime,fetch-tests"]);
    mutants.args(["--cargo-test-arg=--lib", "--cargo-test-arg=--test=native"]);
    Ok(mutants)
}

/// Runs them, and judges those that no test has noticed.
pub(super) fn run(mutants: &mut Command) -> Result<()> {
    let output = project::target_dir().join("mutants");
    fs::create_dir_all(&output)?;
    let status = mutants.arg("--output").arg(&output).status();
    let status = status.context("cannot start cargo-mutants")?;
    // 2: some were missed; 3: some took too long, which is noticed, too.
    match status.code() {
        Some(0 | 3) => Ok(()),
        Some(2) => {
            let missed = output.join("mutants.out/missed.txt");
            judge(&fs::read_to_string(&missed).with_context(|| missed.display().to_string())?)
        }
        _ => bail!("cargo-mutants failed: {status}"),
    }
}

/// The mutations that were missed: an error, unless each is a known survivor.
fn judge(missed: &str) -> Result<()> {
    let survivor = |line: &str| SURVIVORS.iter().find(|(name, _)| line.contains(name));
    for line in missed.lines() {
        if let Some((_, why)) = survivor(line) {
            println!("survives: {line}\n    {why}");
        }
    }
    let unexplained: Vec<_> = missed.lines().filter(|line| survivor(line).is_none()).collect();
    ensure!(unexplained.is_empty(), "no test notices:\n{}", unexplained.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_has_to_be_explained() {
        let known = "fetch-runtime/src/close.rs:1:1: replace <impl Debug for A>::fmt -> Ok(())";
        assert!(judge(known).is_ok());
        let unknown = "fetch-runtime/src/close.rs:2:1: replace close with ()";
        let error = judge(&format!("{known}\n{unknown}\n")).unwrap_err().to_string();
        assert_eq!(error, format!("no test notices:\n{unknown}"));
    }
}

//! The public API of both crates, as text in the repository.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::command::{cargo, run};
use crate::report::left_out;
use crate::{project, rustdoc};

const CRATES: [&str; 2] = ["fetch-runtime", "fetch-macros"];
/// The version of rustdoc's JSON that public-api reads, and the Rust that writes it. Another Rust
/// needs another public-api in Cargo.toml.
const FORMAT: u64 = 57;
const RUST: &str = "1.95";

#[derive(Args)]
pub(crate) struct Api {
    /// Write the snapshots in tests/api anew
    #[arg(long)]
    bless: bool,
}

impl Api {
    pub(crate) fn run(&self) -> Result<()> {
        check(self.bless)
    }
}

/// Compares the API with the snapshots, or writes the snapshots.
pub(crate) fn check(bless: bool) -> Result<()> {
    let mut changes = String::new();
    for name in CRATES {
        let json = rustdoc_json(name)?;
        let format = format_of(&json)?;
        if format != FORMAT {
            return left_out(&format!(
                "the public API: the installed rustdoc writes format {format} of its JSON, and \
                 public-api reads {FORMAT}, that of Rust {RUST}"
            ));
        }
        let api = public_api::Builder::from_rustdoc_json(&json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .build()
            .with_context(|| json.display().to_string())?;
        let new = api.to_string();
        let snapshot = project::root().join("tests/api").join(format!("{name}.txt"));
        if bless {
            fs::create_dir_all(project::root().join("tests/api"))?;
            fs::write(&snapshot, new)?;
        } else {
            let old = fs::read_to_string(&snapshot).unwrap_or_default();
            changes += &difference(&old, &new);
        }
    }
    ensure!(
        changes.is_empty(),
        "the public API has changed:\n{changes}\
         If that is intended: cargo xtask api --bless, and a line in CHANGELOG.md"
    );
    Ok(())
}

/// Has rustdoc write its JSON, which is unstable.
fn rustdoc_json(name: &str) -> Result<PathBuf> {
    let mut doc = cargo("rustdoc --quiet --locked --lib --all-features --package");
    doc.arg(name).args(["--", "-Zunstable-options", "--output-format", "json"]);
    run(rustdoc::allow_unstable(&mut doc)?)?;
    Ok(project::target_dir().join("doc").join(format!("{}.json", name.replace('-', "_"))))
}

fn format_of(json: &PathBuf) -> Result<u64> {
    let text = fs::read_to_string(json).with_context(|| json.display().to_string())?;
    let json: Value = serde_json::from_str(&text)?;
    json["format_version"].as_u64().context("rustdoc's JSON has no format_version")
}

/// The lines that are new and those that are gone.
fn difference(old: &str, new: &str) -> String {
    let gone = old.lines().filter(|line| !new.lines().any(|other| other == *line));
    let added = new.lines().filter(|line| !old.lines().any(|other| other == *line));
    let gone = gone.map(|line| format!("- {line}\n"));
    gone.chain(added.map(|line| format!("+ {line}\n"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_by_line() {
        let old = "pub fn a()\npub fn b()\n";
        assert_eq!(difference(old, old), "");
        assert_eq!(difference(old, "pub fn a()\npub fn c()\n"), "- pub fn b()\n+ pub fn c()\n");
    }
}

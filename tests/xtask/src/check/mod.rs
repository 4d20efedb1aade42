//! The gates that read the sources.

mod circles;
mod dependencies;
mod lines;
mod links;
mod typos;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::mutants;

/// A gate that reads the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Check {
    /// No circles among the files of either crate, and none of fetch-runtime's folders depends on
    /// a later one
    Circles,
    /// Licences, versions and sources of all dependencies (installs `cargo-deny`, once)
    Dependencies,
    /// Lines of at most 100 columns in Rust, Markdown and shell, but for URLs
    Lines,
    /// Links between Markdown files lead to files and headings
    Links,
    /// Each mutation of `cargo xtask mutants` still finds its text, exactly once
    Mutants,
    /// Spelling (installs `typos`, once)
    Typos,
}

/// Runs these checks, or all; reports every one that fails.
pub(crate) fn run(checks: &[Check]) -> Result<()> {
    let checks = if checks.is_empty() { Check::value_variants() } else { checks };
    let mut failed = Vec::new();
    for check in checks {
        let result = match check {
            Check::Circles => circles::check(),
            Check::Dependencies => dependencies::check(),
            Check::Lines => lines::check(),
            Check::Links => links::check(),
            Check::Mutants => mutants::check(),
            Check::Typos => typos::check(),
        };
        let name = format!("{check:?}").to_lowercase();
        match result {
            Ok(()) => println!("{name}: ok"),
            Err(error) => {
                eprintln!("{name}: {error:#}");
                failed.push(name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

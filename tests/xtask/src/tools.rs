//! Programs from crates.io that the gates use.

use std::path::PathBuf;

use anyhow::Result;

use crate::command::{cargo, run};
use crate::project;

/// A program in a version that is fixed, so that the gates find the same on every machine.
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
}

pub(crate) const DENY: Tool =
    Tool { package: "cargo-deny", version: "0.20.2", program: "cargo-deny" };
pub(crate) const MUTANTS: Tool =
    Tool { package: "cargo-mutants", version: "27.1.0", program: "cargo-mutants" };
pub(crate) const TYPOS: Tool = Tool { package: "typos-cli", version: "1.52.0", program: "typos" };

impl Tool {
    /// The folder of this version of it.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let name = format!("{}-{}", self.package, self.version);
        Ok(project::cache_dir()?.join("tools").join(name))
    }

    /// The path of its program, which is installed first if it is missing.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        let folder = self.folder()?;
        let program = folder.join("bin").join(self.program);
        if !program.is_file() {
            eprintln!("installing {} {} into {}", self.package, self.version, folder.display());
            // They run for seconds: a debug build is the quicker way to the result.
            let mut install = cargo("install --quiet --locked --debug --root");
            install.env("CARGO_PROFILE_DEV_DEBUG", "false");
            run(install.arg(&folder).args([self.package, "--version", self.version]))?;
        }
        Ok(program)
    }
}

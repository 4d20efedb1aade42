//! Spelling, by the tool `typos`; `.typos.toml` has the exceptions.

use anyhow::Result;

use crate::command::{program, run};
use crate::project;
use crate::tools;

/// Checks every file of the repository.
pub(crate) fn check() -> Result<()> {
    run(program(tools::TYPOS.program()?).args(["--format", "brief"]).current_dir(project::root()))
}

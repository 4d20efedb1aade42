//! The package http-cache-tests, as npm has it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::command::{program, run, stdout};
use crate::project;

const NAME: &str = "http-cache-tests";
/// A fixed version, so that the results are the same on every machine.
const VERSION: &str = "0.4.5";
const INTEGRITY: &str = "sha512-DjuwN9nUZXLTW+wav1LRESCZNVxl8SshwOy4z1px\
    uWbWt5/ay6sM9QQ1lebBaDO6P1IMBoK6mdf+PuVP/QNL8A==";
/// How many cases this version has.
pub(super) const CASES: usize = 334;

/// The folder of the package, which is fetched first if it is missing.
pub(super) fn folder() -> Result<PathBuf> {
    let tools = project::cache_dir()?.join("tools");
    let folder = tools.join(format!("{NAME}-{VERSION}"));
    if !folder.is_dir() {
        eprintln!("fetching {NAME} {VERSION} into {}", folder.display());
        fs::create_dir_all(&tools)?;
        let work = TempDir::with_prefix_in("npm-", &tools)?;
        let mut pack = program("npm");
        pack.args(["pack", "--json", &format!("{NAME}@{VERSION}")]).current_dir(work.path());
        let packed: serde_json::Value = serde_json::from_str(&stdout(&mut pack)?)?;
        let text = |name: &str| packed[0][name].as_str().with_context(|| format!("no {name}"));
        ensure!(text("integrity")? == INTEGRITY, "{NAME} {VERSION} is another: {packed}");
        let mut unpack = program("tar");
        run(unpack.arg("-xzf").arg(text("filename")?).current_dir(work.path()))?;
        // All of it, or nothing.
        fs::rename(work.path().join("package"), &folder)?;
    }
    Ok(folder)
}

//! Starts other programs.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

/// A program, without the variables that `cargo run` has set for this one. Build scripts see them,
/// and cargo runs a build script again when one of those that it reads has changed.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo_run) {
            command.env_remove(name);
        }
    }
    command
}

/// cargo, with these words as its arguments.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = program("cargo");
    command.args(arguments.split_whitespace());
    command
}

fn is_set_by_cargo_run(name: &str) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|prefix| name.starts_with(prefix))
        || ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"].contains(&name)
}

/// Runs it. A status other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    ensure!(status.success(), "{} failed: {status}", shown(command));
    Ok(())
}

/// Runs it and returns its stdout. A status other than 0 is an error; stderr is passed through.
pub(crate) fn stdout(command: &mut Command) -> Result<String> {
    let output = output(command.stderr(std::process::Stdio::inherit()))?;
    ensure!(output.status.success(), "{} failed: {}", shown(command), output.status);
    String::from_utf8(output.stdout).context("the output is not UTF-8")
}

/// Runs it and returns its output and status.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("cannot start {}", shown(command)))
}

/// Whether this program is on `PATH`.
pub(crate) fn exists(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_variables_of_cargo_run_are_removed() {
        let removed = ["CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION", "CARGO_BIN_NAME"];
        assert!(removed.into_iter().all(is_set_by_cargo_run));
        let kept = ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_BUILD_JOBS", "RUSTFLAGS", "PATH"];
        assert!(!kept.into_iter().any(is_set_by_cargo_run));
        // `cargo test` has set it, too.
        let removes = program("true")
            .get_envs()
            .any(|(name, value)| name == "CARGO_MANIFEST_DIR" && value.is_none());
        assert!(removes);
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = run(program("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert_eq!(error, "sh -c exit 3 failed: exit status: 3");
        let error = run(&mut program("there-is-no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "cannot start there-is-no-such-program");
        assert_eq!(stdout(program("echo").arg("a")).unwrap(), "a\n");
    }
}

//! Starts other programs.

use std::collections::VecDeque;
use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::process::{Command, Output, Stdio};
use std::thread;

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
    let output = output(command.stderr(Stdio::inherit()))?;
    ensure!(output.status.success(), "{} failed: {}", shown(command), output.status);
    String::from_utf8(output.stdout).context("the output is not UTF-8")
}

/// As [`stdout`], but the error ends with the last lines of stderr: by then, the output of other
/// commands may have followed them.
pub(crate) fn stdout_of_build(command: &mut Command) -> Result<String> {
    const LINES: usize = 60;
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let stderr = child.stderr.take().context("stderr is piped")?;
    let reader = thread::spawn(|| {
        let mut last = VecDeque::new();
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            eprintln!("{line}");
            last.push_back(line);
            last.drain(..last.len().saturating_sub(LINES));
        }
        Vec::from(last).join("\n")
    });
    let output = child.wait_with_output()?;
    let last = reader.join().expect("it does not panic");
    ensure!(output.status.success(), "{} failed: {}\n{last}", shown(command), output.status);
    String::from_utf8(output.stdout).context("the output is not UTF-8")
}

/// Runs it and returns its output and status.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("cannot start {}", shown(command)))
}

/// What a command prints, until it has ended.
pub(crate) struct Log(File);

impl Log {
    /// Takes all that this command is going to print.
    pub(crate) fn of(command: &mut Command) -> Result<Self> {
        let file = tempfile::tempfile()?;
        // One file, so that errors appear in context.
        command.stdout(file.try_clone()?).stderr(file.try_clone()?);
        Ok(Self(file))
    }

    pub(crate) fn read(mut self) -> Result<Vec<u8>> {
        let mut output = Vec::new();
        self.0.rewind()?;
        self.0.read_to_end(&mut output)?;
        Ok(output)
    }
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

    #[test]
    fn a_failed_build_ends_with_its_errors() {
        let mut build = program("sh");
        let lines = "for n in $(seq 70); do echo line $n >&2; done";
        // The first line is not UTF-8: it does not end the reading.
        let script = format!("printf '\\377\\n' >&2; {lines}; exit 3");
        build.args(["-c", &script]);
        let error = stdout_of_build(&mut build).unwrap_err().to_string();
        assert!(error.contains("failed: exit status: 3\nline 11\n"), "{error}");
        assert!(error.ends_with("\nline 70"), "{error}");
        assert_eq!(stdout_of_build(program("echo").arg("a")).unwrap(), "a\n");
    }
}

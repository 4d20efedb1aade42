//! Breaks the sources on purpose: a mutation that no test notices is a failure.

mod breadth;
mod pure;
mod survivors;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use self::table::{MUTATIONS, Mutation};
use crate::artifacts;
use crate::command::{cargo, program, stdout};
use crate::project;

const SOURCE: &str = "fetch-runtime/src";
/// How long a test may take; a mutation may make it wait for ever.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Mutants {
    /// A part of the names of the mutations to run
    #[arg(value_name = "NAME", default_value = "")]
    name: String,

    /// List the mutations; run nothing
    #[arg(long)]
    list: bool,

    /// Run cargo-mutants instead: every mutation that it knows of the files that close, cancel,
    /// read and complete requests (installs it, once; an hour). NAME is a pattern of names or files
    #[arg(long)]
    breadth: bool,
}

impl Mutants {
    pub(crate) fn run(&self) -> Result<()> {
        if self.breadth {
            return match self.list {
                true => breadth::list(&self.name),
                false => breadth::check(&self.name),
            };
        }
        let is_named = |mutation: &&Mutation| mutation.what.contains(&self.name);
        let mutations: Vec<_> = MUTATIONS.iter().filter(is_named).collect();
        ensure!(!mutations.is_empty(), "no mutation's name has {:?} in it", self.name);
        if self.list {
            for mutation in mutations {
                println!("{}", mutation.what);
            }
            return Ok(());
        }
        check()?;
        let mut unnoticed = Vec::new();
        for mutation in mutations {
            let failed = failed_tests(mutation)?;
            println!("{}: {} red: {}", mutation.what, failed.len(), failed.join(" "));
            for group in missing(mutation, &failed) {
                unnoticed.push(format!("{}: none of {group}", mutation.what));
            }
        }
        ensure!(unnoticed.is_empty(), "unnoticed:\n{}", unnoticed.join("\n"));
        Ok(())
    }
}

/// Each mutation's text occurs in its file, exactly once.
pub(crate) fn check() -> Result<()> {
    let mut faults = Vec::new();
    for mutation in MUTATIONS {
        let file = project::root().join(SOURCE).join(mutation.file);
        let fault = match fs::read_to_string(&file) {
            Err(_) => "there is no such file".to_owned(),
            Ok(text) => match text.matches(mutation.from).count() {
                1 => continue,
                count => format!("it has {count} times {:?}", mutation.from),
            },
        };
        faults.push(format!("{}: {SOURCE}/{}: {fault}", mutation.what, mutation.file));
    }
    if !faults.is_empty() {
        bail!("mutations in tests/xtask/src/mutants/table.rs:\n{}", faults.join("\n"));
    }
    Ok(())
}

/// The groups that should have noticed, and have not.
fn missing<'a>(mutation: &'a Mutation, failed: &[String]) -> impl Iterator<Item = &'a str> {
    let has_failed = |group: &str| failed.iter().any(|test| test.starts_with(group));
    mutation
        .red
        .iter()
        .copied()
        .filter(move |group| !has_failed(group))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The tests of the mutation's groups that fail with it.
fn failed_tests(mutation: &Mutation) -> Result<Vec<String>> {
    let copy = copy()?;
    let broken = copy.0.join(SOURCE).join(mutation.file);
    let text = fs::read_to_string(&broken)?;
    fs::write(&broken, text.replacen(mutation.from, mutation.to, 1))?;
    // The unit tests of fetch-runtime have the paths of its modules.
    let is_unit_test = mutation.red.iter().all(|group| group.starts_with("sys::"));
    let (tests, name) = match is_unit_test {
        true => ("-p fetch-runtime --features script --lib", "fetch_runtime"),
        false => ("-p fetch-tests --test native", "native"),
    };
    let mut build = cargo("test --locked --quiet --no-run");
    build.args(tests.split(' '));
    build.current_dir(&copy.0).env("CARGO_TARGET_DIR", project::target_dir());
    let native = artifacts::build_one(&mut build, name)
        .with_context(|| format!("{}: does not compile", mutation.what))?;
    let listed = stdout(program(&native).arg("--list").args(mutation.red))?;
    let mut failed = Vec::new();
    for test in groups(&listed) {
        if !passes(&native, &test)? {
            failed.push(test);
        }
    }
    Ok(failed)
}

/// A copy of the project, deleted at the end. Always in one place: so cargo builds only those
/// crates again that depend on the mutation.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A copy of the project's files.
fn copy() -> Result<Copy> {
    let copy = Copy(project::target_dir().join("mutations"));
    if copy.0.exists() {
        fs::remove_dir_all(&copy.0)?;
    }
    for file in project::files()? {
        let to = copy.0.join(&file);
        fs::create_dir_all(to.parent().unwrap_or(&to))?;
        copy_file(&project::root().join(&file), &to)?;
    }
    Ok(copy)
}

/// Copies a file with its time, by which cargo recognises changes.
fn copy_file(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    let times = fs::FileTimes::new().set_modified(fs::metadata(from)?.modified()?);
    fs::File::options().write(true).open(to)?.set_times(times)?;
    Ok(())
}

/// The processes to start, since a test may crash: a row of the matrix each, or another test.
fn groups(listed: &str) -> Vec<String> {
    let tests = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    let mut groups: Vec<_> = tests
        .map(|test| match test.rsplit_once("::") {
            Some((row, _)) if row.starts_with("matrix::") => format!("{row}::"),
            _ => test.to_owned(),
        })
        .collect();
    groups.dedup();
    groups
}

fn passes(native: &Path, group: &str) -> Result<bool> {
    let mut test = program(native);
    test.arg(group).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = test.spawn().context("cannot start the native tests")?;
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MUTATION: Mutation = Mutation {
        what: "the close: nothing is closed",
        file: "close.rs",
        from: "a",
        to: "b",
        red: &["matrix::", "deadline::"],
    };

    #[test]
    fn a_row_of_the_matrix_is_one_process() {
        let listed = "matrix::hit::returns: test\nmatrix::hit::panics: test\n\
            matrix::the_table: test\ndeadline::holds: test\n\n4 tests, 0 benchmarks\n";
        assert_eq!(groups(listed), ["matrix::hit::", "matrix::the_table", "deadline::holds"]);
    }

    #[test]
    fn each_group_has_to_notice() {
        let failed = ["matrix::hit::".to_owned()];
        assert_eq!(missing(&MUTATION, &failed).collect::<Vec<_>>(), ["deadline::"]);
        assert_eq!(missing(&MUTATION, &[]).count(), 2);
    }

    #[test]
    fn mutations_are_named_once_and_break_something() {
        for (at, mutation) in MUTATIONS.iter().enumerate() {
            assert_ne!(mutation.from, mutation.to, "{}", mutation.what);
            assert!(!mutation.red.is_empty(), "{}", mutation.what);
            let is_again = |other: &Mutation| other.what == mutation.what;
            assert!(!MUTATIONS[..at].iter().any(is_again), "{}", mutation.what);
        }
    }
}

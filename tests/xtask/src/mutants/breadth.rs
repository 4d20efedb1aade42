//! cargo-mutants over the files in which a mistake corrupts memory, leaks or calls back twice.
//!
//! It leaves out unsafe functions: `table.rs` breaks these.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};

use super::survivors::{self, SURVIVORS};
use super::{Copy, SOURCE, copy, pure};
use crate::command::{program, run};
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

/// Mutations that are not made: a pattern of their names, and the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("<impl Debug for", "a text for people, which no program depends on"),
    ("Machine::(fetch_mut|last_id) ", "they are compiled for the fuzzer alone"),
];

/// Tests that run with each mutation that the passes before it have left: the quick ones first.
struct Pass {
    tests: &'static str,
    /// Makes the copy to be mutated.
    project: fn() -> Result<Copy>,
    /// cargo-mutants's arguments. It tests the copy without a mutation first, and then with the
    /// mutated package alone, unless another one is named to cargo.
    arguments: &'static str,
    /// Parts of the names of the tests; all, if there are none.
    names: &'static str,
    /// Seconds. A mutation may make a test wait for ever.
    limit: &'static str,
}

const PASSES: &[Pass] = &[
    Pass {
        tests: "the unit tests of the parts that use no other",
        project: pure::copy,
        arguments: "--features script --cargo-arg=--lib",
        names: "",
        limit: "10",
    },
    Pass {
        tests: "a part of the scripted tests",
        project: copy,
        arguments: "--test-package fetch-tests --cargo-arg=--package=fetch-tests \
            --cargo-arg=--test=native",
        names: "::returns ::future_dropped c_level:: deadline::",
        limit: "60",
    },
    Pass {
        tests: "all native tests",
        project: copy,
        arguments: "--test-package fetch-runtime,fetch-tests --cargo-arg=--package=fetch-tests \
            --cargo-arg=--lib --cargo-arg=--test=native",
        names: "",
        limit: "300",
    },
];

/// Lists the mutations.
pub(super) fn list(name: &str) -> Result<()> {
    run(command(name)?.arg("--list").current_dir(project::root()))
}

/// Runs the passes, and judges the mutations that no test has noticed.
pub(super) fn check(name: &str) -> Result<()> {
    let mut results = Results { folder: project::target_dir().join("mutants"), kept: Vec::new() };
    if results.folder.exists() {
        fs::remove_dir_all(&results.folder)?;
    }
    fs::create_dir_all(&results.folder)?;
    for pass in PASSES {
        println!("{}:", pass.tests);
        run_pass(name, pass, &results)?;
        results.keep()?;
    }
    let missed = results.read("missed")?;
    println!("\n{}", results.table(&missed));
    survivors::judge(SURVIVORS, &missed, name.is_empty())
}

/// cargo-mutants with the mutations whose name matches.
fn command(name: &str) -> Result<Command> {
    let source = project::root().join("fetch-runtime/src");
    let mut mutants = program(tools::MUTANTS.program()?);
    mutants.args(["mutants", "--no-shuffle"]);
    for file in SOURCES {
        ensure!(source.join(file).exists(), "{file} is gone: name it anew in SOURCES");
        let is_folder = source.join(file).is_dir();
        let pattern = if is_folder { format!("{file}/**/*.rs") } else { (*file).to_owned() };
        mutants.args(["--file", &format!("fetch-runtime/src/{pattern}")]);
    }
    for (names, _) in LEFT_OUT {
        mutants.args(["--exclude-re", names]);
    }
    if !name.is_empty() {
        mutants.args(["--re", name]);
    }
    Ok(mutants)
}

fn run_pass(name: &str, pass: &Pass, results: &Results) -> Result<()> {
    let copy = (pass.project)()?;
    // The files have kept their times. The last build may be of a mutation, and later than these.
    let root = copy.0.join(SOURCE).join("lib.rs");
    fs::File::options().write(true).open(root)?.set_modified(SystemTime::now())?;
    let mut mutants = command(name)?;
    // In one place, and without debug information, so that a mutation costs seconds.
    mutants.arg("--in-place").current_dir(&copy.0);
    // Of their own: to wait for another build would count as a test that takes too long.
    mutants.env("CARGO_TARGET_DIR", project::target_dir().join("mutants-build"));
    mutants.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "1");
    // To write backtraces takes longer than to run the tests.
    mutants.env("RUST_BACKTRACE", "0");
    mutants.arg("--iterate").arg("--output").arg(&results.folder);
    mutants.args(["--minimum-test-timeout", pass.limit]);
    mutants.args(pass.arguments.split_whitespace());
    mutants.args(["--", "--"]).args(pass.names.split_whitespace());
    let status = mutants.status().context("cannot start cargo-mutants")?;
    // 2: some were missed; 3: some took too long, which is noticed, too.
    match status.code() {
        Some(0 | 2 | 3) => Ok(()),
        _ => bail!("cargo-mutants failed: {status}"),
    }
}

/// What cargo-mutants has written about each mutation.
struct Results {
    folder: PathBuf,
    /// The mutations that are done, and how.
    kept: Vec<(&'static str, String)>,
}

impl Results {
    /// The names in one of the lists of the latest pass.
    fn read(&self, list: &str) -> Result<Vec<String>> {
        let file = self.list(list);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn list(&self, name: &str) -> PathBuf {
        self.folder.join("mutants.out").join(name).with_extension("txt")
    }

    /// Keeps the results of a pass.
    fn keep(&mut self) -> Result<()> {
        for list in ["caught", "timeout", "unviable"] {
            self.kept.extend(self.read(list)?.into_iter().map(|name| (list, name)));
        }
        // cargo-mutants would run again with those that took too long.
        let mut done = self.read("previously_caught")?;
        done.extend(self.read("timeout")?);
        done.push(String::new());
        fs::write(self.list("previously_caught"), done.join("\n"))?;
        Ok(())
    }

    /// The figures of each file.
    fn table(&self, missed: &[String]) -> String {
        let mut files = BTreeMap::<&str, BTreeMap<&str, usize>>::new();
        let missed = missed.iter().map(|name| ("missed", name));
        for (list, name) in self.kept.iter().map(|(list, name)| (*list, name)).chain(missed) {
            let file = name.split(':').next().unwrap_or_default();
            for file in [file, "all"] {
                *files.entry(file).or_default().entry(list).or_default() += 1;
            }
        }
        let lists = ["caught", "timeout", "unviable", "missed"];
        let mut lines = vec![format!("listed {}", lists.join(" "))];
        for (file, counts) in files {
            let counts = lists.map(|list| counts.get(list).copied().unwrap_or(0));
            let sum: usize = counts.iter().sum();
            let [caught, timeout, unviable, missed] = counts;
            let name = Path::new(file).strip_prefix("fetch-runtime/src").unwrap_or(file.as_ref());
            lines.push(format!(
                "{sum:>6} {caught:>6} {timeout:>7} {unviable:>8} {missed:>6}  {}",
                name.display()
            ));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_its_figures() {
        let kept = [("caught", "fetch-runtime/src/raw/a.rs:1:1: b"), ("unviable", "c.rs:2:1: d")];
        let kept = kept.map(|(list, name)| (list, name.to_owned())).into();
        let results = Results { folder: PathBuf::new(), kept };
        let table = results.table(&["c.rs:3:1: e".to_owned()]);
        let expected = "listed caught timeout unviable missed\n     \
            3      1       0        1      1  all\n     \
            2      0       0        1      1  c.rs\n     \
            1      1       0        0      0  raw/a.rs";
        assert_eq!(table, expected);
    }

    #[test]
    fn what_took_too_long_is_not_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut results = Results { folder: folder.path().to_owned(), kept: Vec::new() };
        fs::create_dir(folder.path().join("mutants.out")).unwrap();
        let lists = ["caught", "timeout", "unviable", "missed", "previously_caught"];
        for (list, text) in lists.into_iter().zip(["a\n", "b\n", "", "", "c\n"]) {
            fs::write(results.list(list), text).unwrap();
        }
        results.keep().unwrap();
        assert_eq!(results.read("previously_caught").unwrap(), ["c", "b"]);
        assert_eq!(results.kept, [("caught", "a".to_owned()), ("timeout", "b".to_owned())]);
    }
}

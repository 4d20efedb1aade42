//! Uses of the macros that compile, and misuses with the messages of the compiler.

mod missing_feature;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The compiler that the `.stderr` files were written with. Other versions word their own part
/// differently. For a new version, run
/// `TRYBUILD=overwrite cargo test -p fetch-ui-tests`, and read the changes.
const PINNED: &str = "rustc 1.95.0 ";

/// Misuses for which the compiler reports more than one error, and the reason.
const MORE_THAN_ONE: [(&str, usize, &str); 2] = [
    (
        "handler_name_taken",
        2,
        "two types have the handler's name, and the marker's impl finds the other one",
    ),
    ("await_block_on_with_a_handler", 2, "the type of the output is missing as well"),
];

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    let compiler = compiler();
    if compiler.starts_with(PINNED) {
        cases.compile_fail("fail/*.rs");
    } else {
        say(&format!(
            "\n!! LEFT OUT: {} misuses that must not compile. \
             Their messages are pinned to {PINNED}and this is {compiler}\n",
            misuses().len(),
        ));
    }
    cases.pass("pass/*.rs");
}

/// Each misuse is reported once. This reads the `.stderr` files, and needs no compiler.
#[test]
fn each_misuse_is_one_error() {
    let misuses = misuses();
    assert!(!misuses.is_empty(), "no cases in fail");
    let mut wrong = Vec::new();
    for misuse in &misuses {
        let name = misuse.file_stem().unwrap_or_default().to_string_lossy();
        let listed = MORE_THAN_ONE.iter().find(|(listed, ..)| *listed == name);
        let expected = listed.map_or(1, |(_, errors, _)| *errors);
        let said = fs::read_to_string(misuse.with_extension("stderr")).unwrap_or_default();
        let errors = said.lines().filter(|line| line.starts_with("error")).count();
        if errors != expected {
            wrong.push(format!("{name}: {errors} errors, expected {expected}"));
        }
    }
    for (name, ..) in MORE_THAN_ONE {
        if !misuses.iter().any(|misuse| misuse.file_stem().is_some_and(|stem| stem == name)) {
            wrong.push(format!("{name}: listed, but there is no such case"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    say(&format!(
        "{} misuses, {} of them with one error\n",
        misuses.len(),
        misuses.len() - MORE_THAN_ONE.len()
    ));
}

/// Prints to the terminal even if the test passes, when the output of `print!` is hidden.
fn say(text: &str) {
    drop(io::stderr().write_all(text.as_bytes()));
}

fn misuses() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// The version of the compiler that trybuild's cargo will run.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(&rustc).arg("--version").output();
    said.map(|said| String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
        .unwrap_or_else(|error| format!("{}: {error}", rustc.to_string_lossy()))
}

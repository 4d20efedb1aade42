//! What compiles, and what does not: there, what the compiler says.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The compiler that the `.stderr` files were written with; others word their own part differently.
/// With a new one, run `TRYBUILD=overwrite cargo test --test ui`, and read what has changed.
const PINNED: &str = "rustc 1.95.0 ";

/// Misuses that the compiler answers with more than one error, and why that is so.
const MORE_THAN_ONE: [(&str, usize, &str); 1] = [(
    "handler_name_taken",
    2,
    "two things have the handler's name, and the marker's impl can only name what is in the way",
)];

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    let compiler = compiler();
    if compiler.starts_with(PINNED) {
        cases.compile_fail("ui/fail/*.rs");
    } else {
        say(&format!(
            "\n!! LEFT OUT: {} misuses that must not compile. What the compiler says of them is pinned to {PINNED}\
             and this is {compiler}\n",
            misuses().len(),
        ));
    }
    cases.pass("ui/pass/*.rs");
}

/// A mistake is answered once. This needs no compiler.
#[test]
fn each_misuse_is_one_error() {
    let misuses = misuses();
    assert!(!misuses.is_empty(), "no cases in ui/fail");
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

/// Also where the test passes: what the macros print is kept from the terminal then.
fn say(what: &str) {
    drop(io::stderr().write_all(what.as_bytes()));
}

fn misuses() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
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

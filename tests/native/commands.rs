//! Every command that the documentation and the help texts name is run: here, by another test, or
//! by hand for a reason.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use Run::{ByHand, Here, In};

/// Who runs a command.
#[derive(Clone, Copy)]
enum Run {
    /// This test.
    Here,
    /// The gate: this file of the project has this text, which runs it or the same for all of its
    /// kind.
    In(&'static str, &'static str),
    /// Nobody else; and why.
    ByHand(&'static str),
}

const SUITE: &str = "tests/browser/suite";
const ALL_TARGETS: Run = In("tests/run", "cargo test --workspace --locked --all-targets");
const RUNS_EXAMPLES: Run = In(SUITE, "run quickstart leak_lab");
const XTASK: Run = ByHand("it runs the suites that this test belongs to");
const FUZZ: Run = ByHand("hours; `.ci/run` compiles the targets");

const COMMANDS: &[(&str, Run)] = &[
    (
        "cargo build --release --target wasm32-unknown-emscripten",
        In("tests/browser/run", "cargo build $profile"),
    ),
    ("cargo fuzz run --fuzz-dir tests/fuzz events", FUZZ),
    (
        "cargo fuzz run --fuzz-dir tests/fuzz events -- -runs=10000000 -max_len=48 -entropic=0 -reduce_inputs=0",
        FUZZ,
    ),
    (
        "cargo fuzz run --fuzz-dir tests/fuzz headers -- -runs=10000000 -max_len=64 -entropic=0 -reduce_inputs=0",
        FUZZ,
    ),
    ("cargo run --example quickstart", In(".ci/run", "cargo run --locked --example quickstart")),
    // What `tests/browser/suite host` does, on a machine with an emsdk; the other suites do the
    // same in their folders.
    ("cargo run --target wasm32-unknown-emscripten --example quickstart", RUNS_EXAMPLES),
    (
        "cargo run --target wasm32-unknown-emscripten --package fetch-examples --example NAME",
        RUNS_EXAMPLES,
    ),
    ("cargo test", ALL_TARGETS),
    ("cargo test -p fetch-tests --test build-script", ALL_TARGETS),
    ("cargo test -p fetch-tests --test native", ALL_TARGETS),
    ("cargo test -p fetch-tests --test native security", ALL_TARGETS),
    ("cargo test -p fetch-tests --test soak", ALL_TARGETS),
    // The same, shorter.
    ("cargo test -p fetch-tests --test soak -- requests=200000 seed=20261123", ALL_TARGETS),
    ("cargo test -p fetch-tests --test ui", ALL_TARGETS),
    ("cargo xtask api", XTASK),
    ("cargo xtask browser", XTASK),
    ("cargo xtask ci", XTASK),
    ("cargo xtask mutants", XTASK),
    ("cargo xtask size", XTASK),
    ("cargo xtask suite", XTASK),
    ("cargo xtask test", XTASK),
    ("cargo xtask valgrind", XTASK),
    ("rustup target add wasm32-unknown-emscripten", ByHand("it changes the machine's Rust")),
    (
        "tests/browser/links --suite trixie",
        ByHand("half an hour: it links and runs each row of a table"),
    ),
    ("tests/browser/node", In(SUITE, "tests/browser/node \"$suite\"")),
    ("tests/browser/node sid", In(SUITE, "tests/browser/node \"$suite\"")),
    ("tests/browser/run", RUNS_EXAMPLES),
    ("tests/browser/run --help", Here),
    ("tests/browser/run --package fetch-tests --test browser", In(SUITE, "set_of scenarios")),
    (
        "FETCH_TEST_HEAP=default FETCH_RUNNER_TIMEOUT=600 tests/browser/run --package fetch-tests --test browser -- matrix",
        In(SUITE, "set_of matrix"),
    ),
    (
        "tests/browser/run --package fetch-tests --test browser -- records",
        In(SUITE, "set_of records"),
    ),
    ("tests/browser/run --suite trixie quickstart", RUNS_EXAMPLES),
    ("tests/browser/run --threads", In(SUITE, "set_of blocking --threads")),
    (
        "tests/browser/run --threads --package fetch-tests --test browser -- blocking",
        In(SUITE, "set_of blocking --threads"),
    ),
    (
        "tests/browser/run leak_lab --open",
        In("tests/browser/runner-test", "open -- leak_lab --open"),
    ),
    ("tests/browser/runner --help", In("tests/browser/runner-test", "tests/browser/runner --help")),
    ("tests/browser/runner-test", In(SUITE, "tests/browser/runner-test --suite")),
    ("tests/browser/side-module sid", In(SUITE, "tests/browser/side-module \"$suite\"")),
    (
        "tests/browser/toolchain exec --suite trixie -- cargo build --release --example quickstart",
        In("tests/browser/runner-test", "-- cargo build --release --example quickstart"),
    ),
    ("tests/browser/toolchain help", Here),
    ("tests/features", In("tests/run", "tests/features")),
    ("tests/native/mutations", ByHand("minutes for each of its mutations")),
    ("tests/native/valgrind", In("tests/run", "tests/native/valgrind")),
    ("tests/run", In(".ci/run", "./tests/run")),
];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Runs it in the project's folder; what it prints.
fn output_of(command: &str) -> String {
    let mut words = command.split(' ');
    let program = project().join(words.next().expect("a program"));
    let output = Command::new(program).args(words).current_dir(project()).output().expect(command);
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Whether it is one of the project's programs.
fn is_program(word: &str) -> bool {
    let is_executable = |file: PathBuf| {
        fs::metadata(file)
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    word.starts_with("tests/") && is_executable(project().join(word))
}

/// The command that this text is, if it is one: of this project, or of cargo or rustup with what
/// they are to do.
fn command(text: &str) -> Option<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let is_setting =
        |word: &&&str| word.split_once('=').is_some_and(|(name, _)| name.starts_with("FETCH_"));
    let settings = words.iter().take_while(is_setting).count();
    let program = words.get(settings)?.trim_start_matches("./");
    let is_one = match program {
        "cargo" | "rustup" => words.len() > settings + 1,
        program => is_program(program),
    };
    is_one.then(|| words.join(" ").trim_start_matches("./").to_owned())
}

/// Those of a Markdown file: in its blocks of `sh`, where each line has to be one, and between
/// backticks.
fn in_markdown(file: &str, text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (Some("sh"), None) => {
                let line = line.split(" #").next().unwrap_or_default().trim();
                if !line.is_empty() && !line.starts_with("export ") {
                    commands
                        .push(command(line).unwrap_or_else(|| panic!("{file}: what is {line:?}?")));
                }
            }
            (Some(_), None) => {}
            (None, None) => commands.extend(line.split('`').skip(1).step_by(2).filter_map(command)),
        }
    }
    commands
}

/// Those of a help text: from the first word of one to the end of its sentence, or of the line.
fn in_help(text: &str) -> Vec<String> {
    let from = |line: &str| {
        let line = line.trim_start();
        if line.starts_with("Usage: ") {
            return None;
        }
        if line.starts_with("cargo ") {
            return command(line);
        }
        let start = line.match_indices("tests/").map(|(start, _)| start).find(|start| {
            let word = line[*start..].split([' ', ';', ')', ',']).next();
            word.is_some_and(is_program)
        })?;
        command(line[start..].split([';', ')', ',']).next()?)
    };
    text.lines().filter_map(from).collect()
}

#[test]
fn each_is_run() {
    let mut named = BTreeSet::new();
    for file in ["README.md", "SECURITY.md", "CONTRIBUTING.md", "tests/README.md"] {
        if project().join(file).exists() {
            named.extend(in_markdown(file, &read(file)));
        }
    }
    for help in ["tests/browser/run --help", "tests/browser/toolchain help"] {
        named.extend(in_help(&output_of(help)));
    }
    // The runner's is made of this.
    let options = read("tests/runner/src/options.rs");
    let help: Vec<_> =
        options.lines().filter_map(|line| line.trim().strip_prefix("/// ")).collect();
    named.extend(in_help(&help.join("\n")));

    let listed: BTreeSet<_> = COMMANDS.iter().map(|(command, _)| (*command).to_owned()).collect();
    let unlisted: Vec<_> = named.difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "nothing runs {unlisted:?}: have the gate do it, and say so in COMMANDS"
    );
    let gone: Vec<_> = listed.difference(&named).collect();
    assert!(gone.is_empty(), "no text names {gone:?} any more");

    for (command, run) in COMMANDS {
        match run {
            Here => drop(output_of(command)),
            In(file, text) => {
                assert!(read(file).contains(text), "{file} does not run {command}: no {text:?}")
            }
            ByHand(why) => assert!(!why.is_empty()),
        }
    }
}

#[test]
fn what_a_text_names() {
    let text = "Run `./tests/run`, or `tests/README.md`.\n```sh\ncargo  test   # all\nexport X=1\n```\n`cargo`";
    assert_eq!(in_markdown("x", text), ["tests/run", "cargo test"]);
    let help = "Usage: tests/run\n  --x   y (tests/run --quick). See `cargo test`\n  cargo run";
    assert_eq!(in_help(help), ["tests/run --quick", "cargo run"]);
}

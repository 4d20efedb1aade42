//! Each command that the documentation or a help text names is run: by this test, by another one,
//! or by hand for a reason.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use Run::{ByHand, Here, In};

/// The place where a command is run.
#[derive(Clone, Copy)]
enum Run {
    /// This test.
    Here,
    /// `cargo xtask ci`: this file of the project has this text, which runs it or the same for all
    /// of its kind.
    In(&'static str, &'static str),
    /// No test; and the reason.
    ByHand(&'static str),
}

/// The sets of the browser suite.
const SETS: &str = "tests/xtask/src/suite/sets.rs";
/// The sets of the test program.
const TABLE: &str = "tests/shared/sets.rs";
/// The parts of `tests/run`.
const PARTS: &str = "tests/xtask/src/test.rs";
const GATE: &str = "tests/xtask/src/ci.rs";
/// The part `examples` of `tests/run`.
const EXAMPLES: &str = "tests/xtask/src/examples.rs";
const ALL_TARGETS: Run = In(PARTS, "test --workspace --locked --all-targets");
const RUNS_EXAMPLES: Run = In(SETS, "const EXAMPLES: What");
const LINKING: Run = ByHand("half an hour: it links and runs each row of a table");
const BENCH: Run = ByHand("it needs a machine that does nothing else; the gate lints what it runs");
const FUZZ: Run = ByHand("hours; `cargo xtask ci` compiles the targets");

const COMMANDS: &[(&str, Run)] = &[
    (
        "cargo build --release --target wasm32-unknown-emscripten",
        In("tests/xtask/src/browser.rs", "cargo.arg(\"build\")"),
    ),
    ("cargo fuzz run --fuzz-dir tests/fuzz events", FUZZ),
    (
        concat!(
            "cargo fuzz run --fuzz-dir tests/fuzz events -- -runs=10000000 -max_len=48 ",
            "-entropic=0 -reduce_inputs=0"
        ),
        FUZZ,
    ),
    (
        concat!(
            "cargo fuzz run --fuzz-dir tests/fuzz headers -- -runs=10000000 -max_len=64 ",
            "-entropic=0 -reduce_inputs=0"
        ),
        FUZZ,
    ),
    (
        "cargo deny check advisories",
        ByHand("it fetches a database that is on none of the registries"),
    ),
    ("cargo publish -p fetch-macros -p fetch-runtime", ByHand("it publishes the crates")),
    (
        "cargo install --path tests/xtask --features browser --bin fetch-browser-runner",
        ByHand("minutes: it builds with optimisation what tests/browser/runner builds"),
    ),
    ("cargo run --example asset_loader", In(EXAMPLES, "run --locked --example asset_loader")),
    ("cargo run --example cache_lab", In(EXAMPLES, "run --locked --example cache_lab")),
    ("cargo run --example chat", In(EXAMPLES, "run --locked --example chat")),
    ("cargo run --example get https://example.com/", In(EXAMPLES, "run --locked --example get")),
    ("cargo run --example save_game", In(EXAMPLES, "run --locked --example save_game")),
    ("cargo run --example grpc", In(EXAMPLES, "run --locked --example grpc")),
    ("cargo run --example quickstart", In(EXAMPLES, "run --locked --example quickstart")),
    ("cargo run --manifest-path template/Cargo.toml", In(EXAMPLES, "--manifest-path template/")),
    // It calls the program that `tests/browser/runner` builds.
    ("cargo run --target wasm32-unknown-emscripten", In(RUNNER, "template/Cargo.toml")),
    // As `cargo xtask suite host` does on a machine with an emsdk; the other suites do the same in
    // their folders.
    (
        "cargo run --target wasm32-unknown-emscripten --package fetch-examples --example NAME",
        RUNS_EXAMPLES,
    ),
    ("cargo test", ALL_TARGETS),
    ("cargo test -p fetch-tests --test build-script", ALL_TARGETS),
    ("cargo test -p fetch-tests --test native", ALL_TARGETS),
    ("cargo test -p fetch-tests --test native security", ALL_TARGETS),
    ("cargo test -p fetch-tests --test parts", ALL_TARGETS),
    ("cargo test -p fetch-tests --test soak", ALL_TARGETS),
    // The same, shorter.
    ("cargo test -p fetch-tests --test soak -- requests=200000 seed=20261123", ALL_TARGETS),
    ("cargo test -p fetch-ui-tests", ALL_TARGETS),
    ("cargo xtask build-cost", ByHand("it needs a machine that does nothing else")),
    ("cargo xtask api", In(GATE, "api::check(false)")),
    ("cargo xtask api --bless", ByHand("it writes the snapshot")),
    ("cargo xtask bench", BENCH),
    ("cargo xtask bench --browser all --bless", BENCH),
    ("cargo xtask browser", RUNS_EXAMPLES),
    ("cargo xtask cache-tests", In(PARTS, "cache_tests::native()")),
    (
        "cargo xtask cache-tests --browser all --suite trixie",
        ByHand("a minute in each browser, and it changes as the native one does"),
    ),
    ("cargo xtask cache-tests --list", ByHand("it prints a table")),
    ("cargo xtask check", In(GATE, "check::run(&[])")),
    ("cargo xtask ci", In(".ci/run", "cargo xtask ci")),
    ("cargo xtask cost build", ByHand("it needs a machine that does nothing else")),
    ("cargo xtask cost expansions", ByHand("it needs a machine that does nothing else")),
    ("cargo xtask doc", In(GATE, "rustdoc::check(")),
    ("cargo xtask features", In(PARTS, "features::installed()")),
    ("cargo xtask help", Here),
    ("cargo xtask linking", LINKING),
    ("cargo xtask linking --suite trixie", LINKING),
    ("cargo xtask mutants", ByHand("minutes for each of its mutations")),
    ("cargo xtask mutants --breadth", ByHand("an hour or more")),
    (
        "cargo xtask size --features --suite trixie",
        ByHand("minutes: it builds a program for each feature"),
    ),
    ("cargo xtask size --shipping --suite trixie", ByHand("minutes: it builds 20 programs")),
    ("cargo xtask size --suite trixie", In(SETS, "Own::Size")),
    ("cargo xtask suite", In(PARTS, "suite::run(&suites)")),
    ("cargo xtask suite sid endings", In(SETS, "set(\"endings\", ENDINGS")),
    ("cargo xtask suite sid game", In(SETS, "What::Game, NEWER")),
    ("cargo xtask suite sid heal", In(SETS, "What::Heal")),
    ("cargo xtask suite sid node", In("tests/shared/sets.rs", "Node \"node\"")),
    ("cargo xtask suite sid side-module", In(SETS, "Own::SideModule")),
    ("cargo xtask suite trixie examples", In(SETS, "set(\"examples\", EXAMPLES")),
    ("cargo xtask suite trixie runner", In(SETS, "Own::Runner")),
    ("cargo xtask suite trixie template", In(SETS, "What::Template")),
    ("cargo xtask test", In("tests/run", "xtask test")),
    ("cargo xtask valgrind", In(PARTS, "valgrind::check()")),
    (
        "cargo update -p idna_adapter --precise 1.1.0",
        ByHand("it is for the lock file of a program"),
    ),
    ("rustup target add wasm32-unknown-emscripten", ByHand("it changes the machine's Rust")),
    ("tests/browser/run --help", Here),
    (
        "FETCH_TEST_HEAP=default FETCH_RUNNER_TIMEOUT=600 \
         tests/browser/run --package fetch-tests --test browser -- matrix",
        In(TABLE, "Matrix \"matrix\":"),
    ),
    (
        "tests/browser/run --package fetch-tests --test browser -- records",
        In(TABLE, "Records \"records\": "),
    ),
    (
        "tests/browser/run --threads --package fetch-tests --test browser -- blocking",
        In(TABLE, "Blocking \"blocking\": PAGE.on_threads()"),
    ),
    (
        "tests/browser/run --package fetch-tests --test browser",
        In(TABLE, "Scenarios \"scenarios\": PAGE"),
    ),
    (
        "tests/browser/run --package fetch-tests --test browser-leak",
        In(SETS, "set(\"leak\", What::Leak"),
    ),
    ("tests/browser/run --suite trixie quickstart", RUNS_EXAMPLES),
    (
        "tests/browser/run --suite trixie --manifest-path template/Cargo.toml \
         --serve template/assets",
        In(RUNNER, "template/Cargo.toml"),
    ),
    (
        "tests/browser/run --suite sid --with cmake --with make \
         --manifest-path examples/game/Cargo.toml --serve examples/game/assets --open",
        In(SETS, "What::Game, NEWER"),
    ),
    ("tests/browser/run --threads", In(TABLE, "Blocking \"blocking\": PAGE.on_threads()")),
    ("tests/browser/run cache_lab --open", In(RUNNER, "\"cache_lab\", \"--open\"")),
    ("tests/browser/run", In(RUNNER, "tests/browser/run")),
    ("tests/browser/runner --help", In(RUNNER, "tests/browser/runner\")).arg(\"--help\")")),
    (
        concat!(
            "tests/browser/toolchain exec --suite trixie -- ",
            "cargo build -r -p fetch-examples --example get"
        ),
        // `tests/browser/run` builds each program so.
        In("tests/xtask/src/browser.rs", "toolchain.exec(\"cargo\")"),
    ),
    ("tests/browser/toolchain help", Here),
    ("tests/run", In(GATE, "./tests/run")),
];
/// The tests of the commands that run programs.
const RUNNER: &str = "tests/xtask/src/suite/runner.rs";

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Runs the command in the project's folder. Returns its output.
fn output_of(command: &str) -> String {
    let mut words = command.split(' ');
    let program = match words.next().expect("a program") {
        "cargo" => PathBuf::from("cargo"),
        program => project().join(program),
    };
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

/// The text as a command, if it is one: of this project, or of cargo or rustup with an argument.
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
    let text = text.replace("\\\n", " ");
    for line in text.lines() {
        match (fence, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => fence = Some(language),
            (Some(_), Some(_)) => fence = None,
            (Some("sh"), None) => {
                let line = line.split(" #").next().unwrap_or_default().trim();
                if !line.is_empty() && !line.starts_with("export ") && !line.starts_with('#') {
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
    let guides = fs::read_dir(project().join("fetch-runtime/docs")).expect("the guides");
    let guides = guides.map(|guide| guide.expect("a file").path().display().to_string());
    let files = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "RELEASING.md", "tests/README.md"];
    for file in files.map(str::to_owned).into_iter().chain(guides) {
        named.extend(in_markdown(&file, &read(&file)));
    }
    for help in ["tests/browser/run --help", "tests/browser/toolchain help"] {
        named.extend(in_help(&output_of(help)));
    }
    // The runner's is made of this.
    let options = read("tests/xtask/src/runner/options.rs");
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
fn commands_in_a_text() {
    let text = "Run `./tests/run`, or `tests/README.md`.\n```sh\n# how\ncargo  test   # all\n\
        export X=1\ncargo \\\n  run\n```\n`cargo`";
    assert_eq!(in_markdown("x", text), ["tests/run", "cargo test", "cargo run"]);
    let help = "Usage: tests/run\n  --x   y (tests/run --quick). See `cargo test`\n  cargo run";
    assert_eq!(in_help(help), ["tests/run --quick", "cargo run"]);
}

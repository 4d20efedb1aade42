//! All tests, or parts of them.

use std::process::{Command, ExitStatus};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::command::{Log, cargo, exists, run};
use crate::report::{left_out, say, took, warn_left_out};
use crate::toolchain::{Suite, Toolchain, word};
use crate::{cache_tests, examples, features, suite, valgrind};

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// fetch-runtime as users have it: each two features on and off, with the installed Rust
    Features,
    /// The native suite under valgrind
    Valgrind,
    /// Unit tests, 200,000 token streams for the macros, scenarios, misuse that does not compile
    Native,
    /// The documentation's examples
    Docs,
    /// The tests of these commands
    Xtask,
    /// The HTTP working group's tests of caches, natively (npm: http-cache-tests)
    CacheTests,
    /// Each feature, with Rust 1.85 and for the web
    Oldest,
    /// The template, the examples and the game
    Examples,
    /// The browser suite on the newest Emscripten
    Sid,
    /// The browser suite on Emscripten 3.1.69
    Trixie,
}

/// Parts that run beside the others, each of which leaves cores idle. Those of a line follow each
/// other.
const BESIDE: &[&[Part]] = &[&[Part::Features, Part::Oldest, Part::Examples], &[Part::Valgrind]];

/// The browser suite, whose toolchains share the machine: while the last runs of one go on, the
/// programs of the next are built.
const BROWSERS: &[Part] = &[Part::Sid, Part::Trixie];

/// The parts of `--quick`: the others take minutes.
const QUICK: &[Part] = &[Part::Features, Part::Native, Part::Docs, Part::Xtask, Part::CacheTests];

#[derive(Args)]
pub(crate) struct Test {
    /// The parts to run; all, where none is named
    #[arg(value_name = "PART")]
    parts: Vec<Part>,

    /// Leave out the parts that take minutes: valgrind, oldest, examples and the browsers
    #[arg(long, conflicts_with = "parts")]
    quick: bool,
}

impl Test {
    pub(crate) fn run(&self) -> Result<()> {
        let parts = match (self.quick, self.parts.as_slice()) {
            (true, _) => QUICK,
            (false, []) => Part::value_variants(),
            (false, parts) => parts,
        };
        let is_beside = |part: &Part| BESIDE.iter().any(|line| line.contains(part));
        let mut beside = Vec::new();
        let mut result = Ok(());
        if !parts.iter().all(is_beside) {
            for line in BESIDE {
                let line: Vec<_> = line.iter().filter(|part| parts.contains(part)).collect();
                if !line.is_empty() && result.is_ok() {
                    result = Beside::start(&line).map(|line| beside.push(line));
                }
            }
        }
        let goes_on = beside.is_empty();
        let others = parts.iter().filter(|part| goes_on || !is_beside(part));
        let (browsers, others): (Vec<Part>, Vec<Part>) =
            others.partition(|part| BROWSERS.contains(part));
        for part in &others {
            // The parts of a line have nothing in common: each of them is run.
            if result.is_ok() || goes_on {
                let ended = part.run().with_context(|| format!("the part {}", word(*part)));
                if let Err(error) = &ended {
                    eprintln!("{error:#}");
                }
                result = result.and(ended);
            }
        }
        if result.is_ok() && !browsers.is_empty() {
            browsers.iter().for_each(|part| say(&part.help()));
            let begin = Instant::now();
            result = run_in_browsers(&browsers);
            let names: Vec<_> = browsers.iter().map(|part| word(*part)).collect();
            took(&names.join(" and "), begin.elapsed());
        }
        // All of them are waited for, whatever fails.
        let results: Vec<_> = beside.into_iter().map(Beside::finish).collect();
        results.into_iter().fold(result, Result::and)
    }
}

/// Parts that run one after the other, beside the others.
struct Beside {
    names: String,
    end: JoinHandle<Result<(ExitStatus, Duration)>>,
    log: Log,
}

impl Beside {
    fn start(parts: &[&Part]) -> Result<Self> {
        let names: Vec<_> = parts.iter().map(|part| word(**part)).collect();
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("test").args(&names);
        let log = Log::of(&mut command)?;
        let begin = Instant::now();
        let mut child = command.spawn()?;
        let end = thread::spawn(move || Ok((child.wait()?, begin.elapsed())));
        Ok(Self { names: names.join(", "), end, log })
    }

    /// Waits for their end. Prints their output if one has failed, else when each of them began,
    /// the summaries of its tests, and how long it took.
    fn finish(self) -> Result<()> {
        let (status, took) = self.end.join().expect("it does not panic")?;
        say(&format!("Beside the others: {}; it took {} s", self.names, took.as_secs()));
        let output = self.log.read()?;
        let output = String::from_utf8_lossy(&output);
        if !status.success() {
            println!("{output}");
            bail!("failed: {}", self.names);
        }
        let is_summary =
            |line: &&str| ["== ", "test result: ", "!!"].iter().any(|of| line.starts_with(of));
        output.lines().filter(is_summary).for_each(|line| println!("{line}"));
        Ok(())
    }
}

impl Part {
    fn help(self) -> String {
        let help = self.to_possible_value().and_then(|value| value.get_help().cloned());
        help.map(|help| help.to_string()).unwrap_or_default()
    }

    /// Runs it, and says how long it took.
    fn run(self) -> Result<()> {
        say(&self.help());
        let begin = Instant::now();
        let result = self.run_alone();
        took(&word(self), begin.elapsed());
        result
    }

    fn run_alone(self) -> Result<()> {
        match self {
            Self::Native => {
                let mut test = cargo("test --workspace --locked --all-targets");
                run(test.env("FUZZ_RUNS", "200000"))
            }
            Self::Docs => run(&mut cargo("test --workspace --locked --doc")),
            Self::Xtask => run(&mut own("test --locked")),
            Self::CacheTests => cache_tests::native(),
            Self::Features => features::installed(),
            Self::Valgrind => match exists("valgrind") {
                true => valgrind::check(),
                false => left_out("the native suite under valgrind: install valgrind"),
            },
            Self::Oldest => oldest(),
            Self::Examples => {
                examples::natively()?;
                match exists("cmake") && exists("clang") {
                    true => examples::game(),
                    false => left_out("the game: install cmake and clang, for raylib"),
                }
            }
            Self::Sid | Self::Trixie => run_in_browsers(&[self]),
        }
    }
}

/// A cargo command for the package of these commands.
pub(crate) fn own(arguments: &str) -> Command {
    let mut command = cargo(arguments);
    command.args(["--manifest-path", "tests/xtask/Cargo.toml", "--target-dir"]);
    command.arg(crate::project::target_dir().join("xtask"));
    command
}

fn run_in_browsers(parts: &[Part]) -> Result<()> {
    let mut suites = Vec::new();
    for part in parts {
        let suite = if *part == Part::Sid { Suite::Sid } else { Suite::Trixie };
        let without = format!("{}: see above what the toolchain has said", part.help());
        match (Toolchain::of(suite).prepare()?, suite) {
            (true, _) => suites.push(suite),
            // Debian's unstable may not install on some days; a test that fails there is a failure
            // all the same.
            (false, Suite::Sid) => warn_left_out(&without),
            (false, _) => left_out(&without)?,
        }
    }
    // The runner's own tests are here, as its dependencies are built for the suite alone.
    run(&mut own("test --locked --features browser --bin fetch-browser-runner"))?;
    suite::run(&suites)
}

fn oldest() -> Result<()> {
    if !Toolchain::of(Suite::Trixie).prepare()? {
        return left_out("Rust 1.85: see above what the toolchain has said");
    }
    features::oldest()
}

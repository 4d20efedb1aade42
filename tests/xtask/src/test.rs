//! All tests, in their order.

use std::process::{Child, Command};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::command::{Log, cargo, exists, run};
use crate::report::{left_out, say, warn_left_out};
use crate::toolchain::{Suite, Toolchain, word};
use crate::{cache_tests, features, suite, valgrind};

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
    /// The browser suite on Emscripten 3.1.69
    Trixie,
    /// Each feature, with Rust 1.85 and for the web
    Oldest,
    /// The browser suite on the newest Emscripten
    Sid,
}

/// Parts that run beside those that follow: each keeps one core busy, and the others leave one.
const BESIDE: &[Part] = &[Part::Features, Part::Valgrind, Part::Oldest];

/// The parts of `--quick`: the others take minutes.
const QUICK: &[Part] = &[Part::Features, Part::Native, Part::Docs, Part::Xtask, Part::CacheTests];

#[derive(Args)]
pub(crate) struct Test {
    /// The parts to run; all, where none is named
    #[arg(value_name = "PART")]
    parts: Vec<Part>,

    /// Leave out the parts that take minutes: valgrind and the browser
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
        let mut beside = Vec::new();
        let result = parts.iter().enumerate().try_for_each(|(at, part)| {
            let is_followed = parts[at..].iter().any(|part| !BESIDE.contains(part));
            match BESIDE.contains(part) && is_followed {
                true => Beside::start(*part).map(|started| beside.push(started)),
                false => part.run(),
            }
        });
        // All of them are waited for, whatever fails.
        let results: Vec<_> = beside.into_iter().map(Beside::finish).collect();
        results.into_iter().fold(result, Result::and)
    }
}

/// A part that runs beside those that follow it.
struct Beside {
    part: Part,
    child: Child,
    log: Log,
}

impl Beside {
    fn start(part: Part) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["test", &word(part)]);
        let log = Log::of(&mut command)?;
        Ok(Self { part, child: command.spawn()?, log })
    }

    /// Waits for its end. Prints its output if it has failed, else the summaries of its tests.
    fn finish(mut self) -> Result<()> {
        let status = self.child.wait()?;
        let output = self.log.read()?;
        let output = String::from_utf8_lossy(&output);
        say(&format!("The part {}, which ran beside the others", word(self.part)));
        if !status.success() {
            println!("{output}");
            bail!("the part {} failed", word(self.part));
        }
        let is_summary = |line: &&str| line.starts_with("test result: ") || line.starts_with("!!");
        output.lines().filter(is_summary).for_each(|line| println!("{line}"));
        Ok(())
    }
}

impl Part {
    fn run(self) -> Result<()> {
        let help = self.to_possible_value().and_then(|value| value.get_help().cloned());
        say(&help.map(|help| help.to_string()).unwrap_or_default());
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
            Self::Trixie => trixie(),
            Self::Oldest => oldest(),
            Self::Sid => sid(),
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

fn trixie() -> Result<()> {
    if !Toolchain::of(Suite::Trixie).prepare()? {
        return left_out(
            "the browser suite on Emscripten 3.1.69: see above what the toolchain has said",
        );
    }
    suite::run(Suite::Trixie)
}

fn oldest() -> Result<()> {
    if !Toolchain::of(Suite::Trixie).prepare()? {
        return left_out("Rust 1.85: see above what the toolchain has said");
    }
    features::oldest()
}

fn sid() -> Result<()> {
    // Debian's unstable may not install on some days; a test that fails there is a failure all the
    // same.
    if !Toolchain::of(Suite::Sid).prepare()? {
        warn_left_out(
            "the browser suite on the newest Emscripten: see above what the toolchain has said",
        );
        return Ok(());
    }
    suite::run(Suite::Sid)
}

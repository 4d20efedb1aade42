//! All tests, in their order.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::command::{cargo, exists, run};
use crate::report::{left_out, say, warn_left_out};
use crate::toolchain::{Suite, Toolchain};
use crate::{features, suite, valgrind};

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Unit tests, 200,000 token streams for the macros, scenarios, misuse that does not compile
    Native,
    /// The documentation's examples
    Docs,
    /// The tests of these commands
    Xtask,
    /// fetch-runtime as users have it: each combination of features, with the installed Rust
    Features,
    /// The native suite under valgrind
    Valgrind,
    /// The browser suite on Emscripten 3.1.69, and each combination of features with Rust 1.85 and
    /// for the web
    Trixie,
    /// The browser suite on the newest Emscripten
    Sid,
}

/// The parts of `--quick`: the others take minutes.
const QUICK: &[Part] = &[Part::Native, Part::Docs, Part::Xtask, Part::Features];

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
        parts.iter().try_for_each(|part| part.run())
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
            Self::Features => features::installed(),
            Self::Valgrind => match exists("valgrind") {
                true => valgrind::check(),
                false => left_out("the native suite under valgrind: install valgrind"),
            },
            Self::Trixie => trixie(),
            Self::Sid => sid(),
        }
    }
}

/// A cargo command for the package of these commands.
pub(crate) fn own(arguments: &str) -> std::process::Command {
    let mut command = cargo(arguments);
    command.args(["--manifest-path", "tests/xtask/Cargo.toml", "--target-dir"]);
    command.arg(crate::project::target_dir().join("xtask"));
    command
}

fn trixie() -> Result<()> {
    if !Toolchain::of(Suite::Trixie).prepare()? {
        return left_out(
            "the browser suite on Emscripten 3.1.69, and Rust 1.85: see above what the toolchain \
             has said",
        );
    }
    suite::run(Suite::Trixie)?;
    say("Each combination of features, with Rust 1.85 and for the web");
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

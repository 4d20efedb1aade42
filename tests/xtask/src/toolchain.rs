//! Emscripten toolchains: the options of tests/browser/toolchain, and its commands.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::command::{self, program};
use crate::project;

/// The target that all of them build for.
pub(crate) const TARGET: &str = "wasm32-unknown-emscripten";

/// Settings of cargo for release builds that take two thirds of the time, std included.
///
/// They are not for programs whose panics unwind by exceptions of WebAssembly. Where less is
/// optimised, WebKitGTK 2.50 does not catch each of them (bugs 299629 and 305148 of WebKit).
pub(crate) const QUICK: [(&str, &str); 2] =
    [("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")];

/// Where Emscripten and Rust come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// emcc and rustc on PATH
    Host,
    /// Debian's: Emscripten 3.1.69 and Rust 1.85
    Trixie,
    /// Debian's newest
    Sid,
}

/// The effect of a panic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Panic {
    #[default]
    Unwind,
    Abort,
}

/// A toolchain, and how it builds.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Toolchain {
    /// The toolchain (tests/browser/toolchain help); without this, the host's if it is complete,
    /// else trixie's
    #[arg(long)]
    pub(crate) suite: Option<Suite>,

    /// The effect of a panic
    #[arg(long, value_enum, default_value_t)]
    pub(crate) panic: Panic,

    /// Build with pthreads, and run in a page that is cross-origin isolated for them
    #[arg(long)]
    pub(crate) threads: bool,

    /// Let apt-get install what is missing; also where CI=true
    #[arg(long)]
    pub(crate) install: bool,

    /// One more of Debian's packages, for the build in `trixie` or `sid`: cmake, for example;
    /// repeatable
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) with: Vec<String>,

    /// One more folder that the build sees at its own path
    #[arg(skip)]
    pub(crate) mounts: Vec<PathBuf>,
}

impl Toolchain {
    pub(crate) fn of(suite: Suite) -> Self {
        Self { suite: Some(suite), ..Self::default() }
    }

    pub(crate) fn with_panic(mut self, panic: Panic) -> Self {
        self.panic = panic;
        self
    }

    pub(crate) fn with_threads(mut self, threads: bool) -> Self {
        self.threads = threads;
        self
    }

    pub(crate) fn with_mount(mut self, folder: &Path) -> Self {
        self.mounts.push(folder.to_owned());
        self
    }

    /// A command of tests/browser/toolchain.
    fn command(&self, name: &str) -> Command {
        let mut command = program(project::root().join("tests/browser/toolchain"));
        command.arg(name);
        if let Some(suite) = self.suite {
            command.args(["--suite", word(suite).as_str()]);
        }
        command.args(["--panic", word(self.panic).as_str()]);
        if self.threads {
            command.arg("--threads");
        }
        if self.install {
            command.arg("--install");
        }
        for package in &self.with {
            command.arg("--with").arg(package);
        }
        for folder in &self.mounts {
            command.arg("--mount").arg(folder);
        }
        command
    }

    /// A program that runs in the toolchain; the caller adds its arguments.
    pub(crate) fn exec(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.command("exec");
        command.arg("--").arg(program);
        command
    }

    /// A shell script that builds what is measured or linked as users do it: outside the project,
    /// whose settings of the linker are for the runner's programs, and with the backtraces of std.
    /// The caller adds its arguments, `$1` and the others.
    pub(crate) fn script_alone(&self, script: &str) -> Command {
        let script = format!("cd /\nunset CARGO_UNSTABLE_BUILD_STD_FEATURES\n{script}");
        let mut command = self.exec("sh");
        command.args(["-euc", &script, "-"]);
        command
    }

    /// A build of the package `source`, and of a C program of the same folder: `emcc` is that
    /// command, where `$1` is the folder, and `$2` is `target`.
    pub(crate) fn build_alone(&self, source: &Path, target: &Path, emcc: &str) -> Command {
        const CARGO: &str =
            r#"cargo build --quiet --release --manifest-path "$1/Cargo.toml" --target-dir "$2""#;
        let mut command = self.script_alone(&format!("{CARGO}\n{emcc}"));
        command.args([source, target]);
        command
    }

    /// Makes it ready. False if this machine cannot have it; the toolchain has printed the reason.
    pub(crate) fn prepare(&self) -> Result<bool> {
        let status = self.command("prepare").status().context("cannot start the toolchain")?;
        Ok(status.success())
    }

    /// The folder that it builds into.
    pub(crate) fn target_dir(&self) -> Result<PathBuf> {
        Ok(command::stdout(&mut self.command("target-dir"))?.trim_end().into())
    }

    /// The folder of the programs that it has built with optimisation.
    pub(crate) fn release_dir(&self) -> Result<PathBuf> {
        Ok(self.target_dir()?.join(TARGET).join("release"))
    }

    /// The root folder of its system.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        Ok(command::stdout(&mut self.command("path"))?.trim_end().into())
    }

    /// The versions of Emscripten and Rust, as they print them.
    pub(crate) fn versions(&self) -> Result<String> {
        command::stdout(&mut self.command("version"))
    }
}

/// Its name on the command line.
pub(crate) fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A version of Emscripten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Emscripten(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Emscripten {
    pub(crate) fn is_since(self, [major, minor, patch]: [u32; 3]) -> bool {
        self >= Self(major, minor, patch)
    }

    /// Reads the first version in a text.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let words = text.split(|sign: char| !sign.is_ascii_digit() && sign != '.');
        let version = words.filter_map(|word| {
            let mut numbers = word.split('.').map(str::parse);
            Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?))
        });
        { version }.next().with_context(|| format!("no version of Emscripten in {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let debian = Emscripten::parse("emscripten 3.1.69-git\nrustc 1.85.0").unwrap();
        assert_eq!(debian, Emscripten(3, 1, 69));
        assert!(debian < Emscripten(4, 0, 10) && Emscripten(4, 0, 9) < Emscripten(4, 0, 10));
        assert!(Emscripten::parse("emscripten").is_err());
    }

    #[test]
    fn options_reach_the_script() {
        let toolchain = Toolchain::of(Suite::Sid).with_panic(Panic::Abort).with_threads(true);
        let toolchain = Toolchain { with: vec!["cmake".into()], ..toolchain };
        let shown = command::shown(&toolchain.exec("cargo"));
        let options = "exec --suite sid --panic abort --threads --with cmake -- cargo";
        assert!(shown.ends_with(options), "{shown}");
    }
}

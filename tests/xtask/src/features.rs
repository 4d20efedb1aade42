//! fetch-runtime with each combination of its features, as its users build it. In the workspace,
//! cargo adds those that the tests need.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use crate::command::{program, run};
use crate::toolchain::{Suite, Toolchain};
use crate::tools;

/// Every combination. `default` is another name for one of them.
const ALL: &str =
    "--package fetch-runtime --feature-powerset --exclude-features default --lib --locked";
/// Outside Emscripten the crate does not compile without a backend, and says so.
const NATIVE: &str = "--at-least-one-of native,script";

#[derive(Args)]
pub(crate) struct Features {
    /// Only the installed Rust, with clippy
    #[arg(long)]
    quick: bool,

    /// Only Rust 1.85, for this machine and for the web
    #[arg(long, conflicts_with = "quick")]
    toolchain: bool,
}

impl Features {
    pub(crate) fn run(&self) -> Result<()> {
        if !self.toolchain {
            installed()?;
        }
        if !self.quick {
            oldest()?;
        }
        Ok(())
    }
}

/// With the installed Rust and clippy.
pub(crate) fn installed() -> Result<()> {
    let mut hack = program(tools::HACK.program()?);
    hack.args(["hack", "clippy"]).args(words(ALL)).args(words(NATIVE));
    run(hack.args(["--", "-D", "warnings"]))
}

/// With Debian's Rust 1.85, the oldest that is supported.
pub(crate) fn oldest() -> Result<()> {
    let hack = tools::HACK.program()?;
    let folder = hack.parent().and_then(Path::parent).context("a program is in a folder")?;
    let toolchain = Toolchain::of(Suite::Trixie).with_mount(folder);
    // For this machine, with the toolchain's compiler as a plain one.
    let script = r#"
        unset CARGO_BUILD_TARGET CARGO_UNSTABLE_BUILD_STD RUSTC_BOOTSTRAP
        export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/native RUSTFLAGS="-D warnings"
        exec "$@"
    "#;
    let mut native = toolchain.exec("sh");
    native.args(["-euc", script, "-"]).arg(&hack).args(["hack", "check"]);
    run(native.args(words(ALL)).args(words(NATIVE)))?;
    // For the web. The flags go to the crate alone, so that std is that of the browser's tests.
    let mut web = toolchain.exec(&hack);
    web.args(["hack", "rustc"]).args(words(ALL));
    run(web.args(["--release", "--", "-D", "warnings"]))?;
    // The native backend's machine does no I/O, so it compiles for the web as well.
    let mut machine = toolchain.exec("cargo");
    machine.args(words("rustc --package fetch-runtime --lib --locked --release --"));
    run(machine.args(["--cfg", "fetch_machine", "-D", "warnings"]))
}

fn words(text: &str) -> std::str::SplitWhitespace<'_> {
    text.split_whitespace()
}

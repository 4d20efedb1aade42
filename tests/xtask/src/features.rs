//! fetch-runtime with each of its features and each pair, as its users build it. In the workspace,
//! cargo adds those that the tests need.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::command::{cargo, program, run, stdout};
use crate::toolchain::{Suite, Toolchain};
use crate::tools;

/// `default` and `native` are other names for some of the features.
const LIBRARY: &str = "--package fetch-runtime --exclude-features default,native --lib --locked";
/// Every pair: features that are independent of each other need no more. Outside Emscripten the
/// crate does not compile without a backend, and says so.
const PAIRS: &str = "--feature-powerset --depth 2 --at-least-one-of \
     native-http,native-https,native-http2,native-cache,native-compression,script";
/// The crates of a desktop program with all parts of the native backend, and with the smallest one:
/// see `cargo xtask build-cost`.
const MOST_CRATES: [(&str, usize); 2] = [("native", 99), ("native-http", 63)];
/// An older Rust, or another target, lacks what a single feature needs.
const EACH: &str = "--each-feature";

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
    on_the_web()?;
    on_the_desktop()?;
    let mut hack = program(tools::HACK.program()?);
    hack.args(["hack", "clippy"]).args(words(LIBRARY)).args(words(PAIRS));
    run(hack.args(["--", "-D", "warnings"]))
}

/// On the web, a program with the default features depends on libc alone.
fn on_the_web() -> Result<()> {
    let tree = "tree --locked --package fetch-runtime --target wasm32-unknown-emscripten \
         --edges normal --depth 1 --format {p} --prefix none";
    let crates = stdout(&mut cargo(tree))?;
    let names: Vec<_> = crates.lines().filter_map(|line| line.split(' ').next()).collect();
    ensure!(
        names == ["fetch-runtime", "fetch-macros", "libc"],
        "on the web, fetch-runtime needs other crates than libc: {names:?}"
    );
    Ok(())
}

/// On the desktop, there are no more crates than there were.
fn on_the_desktop() -> Result<()> {
    for (feature, most) in MOST_CRATES {
        let tree = "tree --locked --package fetch-runtime --target x86_64-unknown-linux-gnu \
             --edges normal --no-dedupe --format {p} --prefix none --no-default-features \
             --features";
        let tree = stdout(cargo(tree).arg(feature))?;
        let crates: BTreeSet<_> = tree.lines().skip(1).collect();
        ensure!(crates.len() <= most, "{feature} needs {} crates: {crates:?}", crates.len());
    }
    Ok(())
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
    run(native.args(words(LIBRARY)).args([EACH, "--features", "native-http"]))?;
    // For the web. The flags go to the crate alone, so that std is that of the browser's tests.
    let mut web = toolchain.exec(&hack);
    web.args(["hack", "rustc"]).args(words(LIBRARY)).arg(EACH);
    run(web.args(["--release", "--", "-D", "warnings"]))?;
    // The native backend's machine does no I/O, so it compiles for the web as well.
    let mut machine = toolchain.exec("cargo");
    machine.args(words("rustc --package fetch-runtime --lib --locked --release --"));
    run(machine.args(["--cfg", "fetch_machine", "-D", "warnings"]))?;
    // The documentation for the web, as docs.rs builds it.
    let mut doc = toolchain.exec("cargo");
    doc.args(words("rustdoc --package fetch-runtime --lib --all-features --locked --release --"));
    run(doc.args(["--cfg", "docsrs", "-D", "warnings"]))
}

fn words(text: &str) -> std::str::SplitWhitespace<'_> {
    text.split_whitespace()
}

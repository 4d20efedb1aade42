//! The sets that run under Node.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::artifacts;
use crate::command::{exists, program, run};
use crate::project;
use crate::toolchain::{Panic, Suite, TARGET, Toolchain};

/// Runs the browser tests' set `node` under Node, which has neither a `location` nor
/// XMLHttpRequest.
pub(super) fn run_tests(
    toolchain: &Toolchain,
    environment: &[(&'static str, String)],
) -> Result<()> {
    require_node()?;
    let mut build = toolchain.exec("cargo");
    build.args("build --release --package fetch-tests --test browser".split(' '));
    build.envs(environment.iter().cloned());
    let built = artifacts::build_one(&mut build, "browser")?;
    // Emscripten has an environment of its own: it gets that of the process, in the program's
    // scope.
    let handover = "var Module = { preRun: () => Object.assign(ENV, process.env) };\n";
    let source = fs::read_to_string(&built).with_context(|| built.display().to_string())?;
    let runnable = built.with_extension("node.cjs");
    fs::write(&runnable, handover.to_owned() + &source)?;
    run(program("node").arg(runnable).arg("node").envs(environment.iter().cloned()))
}

/// Loads a side module into a host that was linked without `-lfetch`. Needs a Rust whose std can be
/// built position-independent.
pub(super) fn side_module(suite: Suite) -> Result<()> {
    require_node()?;
    let source = project::root().join("tests/browser/side_module.d");
    let toolchain = Toolchain::of(suite).with_panic(Panic::Abort);
    let target = toolchain.target_dir()?.join("side-module");
    // Not from within the project: the runner's settings of the linker are not for this.
    let script = r#"
        cd /
        cargo build --quiet --release --manifest-path "$1/Cargo.toml" --target-dir "$2"
        emcc -O1 "$1/host.c" -sMAIN_MODULE=1 -sNODERAWFS -sALLOW_MEMORY_GROWTH -o "$2/host.js"
    "#;
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let flags = format!("{flags} -Crelocation-model=pic -Clink-arg=-sSIDE_MODULE=2");
    let mut build = toolchain.exec("sh");
    run(build.args(["-euc", script, "-"]).args([&source, &target]).env("RUSTFLAGS", flags))?;
    let module = target.join(TARGET).join("release/side_module.wasm");
    run(program("node").arg(target.join("host.js")).arg(module))
}

fn require_node() -> Result<()> {
    ensure!(exists("node"), "no node on PATH (Debian: apt-get install -y nodejs)");
    Ok(())
}

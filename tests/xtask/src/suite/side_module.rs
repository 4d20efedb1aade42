//! The set `side-module`, which runs under Node.

use anyhow::{Result, ensure};

use crate::command::{self, exists, program};
use crate::project;
use crate::toolchain::{Panic, Suite, TARGET, Toolchain};

/// Loads a side module into a host that was linked without `-lfetch`. Needs a Rust whose std can be
/// built position-independent.
pub(super) fn run(suite: Suite) -> Result<()> {
    require_node()?;
    let source = project::root().join("tests/browser/side_module.d");
    let toolchain = Toolchain::of(suite).with_panic(Panic::Abort);
    let target = toolchain.target_dir()?.join("side-module");
    // Emscripten builds each library that it links. The host needs none of C++.
    let emcc = r#"
        emcc -O1 "$1/host.c" -sMAIN_MODULE=1 -sDEFAULT_TO_CXX=0 -sNODERAWFS \
            -sALLOW_MEMORY_GROWTH -o "$2/host.js"
    "#;
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let flags = format!("{flags} -Crelocation-model=pic -Clink-arg=-sSIDE_MODULE=2");
    command::run(toolchain.build_alone(&source, &target, emcc).env("RUSTFLAGS", flags))?;
    let module = target.join(TARGET).join("release/side_module.wasm");
    // The host has all of Emscripten's libraries. That of profiles leaves a file where it runs.
    command::run(program("node").arg(target.join("host.js")).arg(module).current_dir(&target))
}

fn require_node() -> Result<()> {
    ensure!(exists("node"), "no node on PATH (Debian: apt-get install -y nodejs)");
    Ok(())
}

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
    // Not from within the project: the runner's settings of the linker are not for this.
    let script = r#"
        cd /
        cargo build --quiet --release --manifest-path "$1/Cargo.toml" --target-dir "$2"
        emcc -O1 "$1/host.c" -sMAIN_MODULE=1 -sNODERAWFS -sALLOW_MEMORY_GROWTH -o "$2/host.js"
    "#;
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let flags = format!("{flags} -Crelocation-model=pic -Clink-arg=-sSIDE_MODULE=2");
    let mut build = toolchain.exec("sh");
    command::run(
        build.args(["-euc", script, "-"]).args([&source, &target]).env("RUSTFLAGS", flags),
    )?;
    let module = target.join(TARGET).join("release/side_module.wasm");
    command::run(program("node").arg(target.join("host.js")).arg(module))
}

fn require_node() -> Result<()> {
    ensure!(exists("node"), "no node on PATH (Debian: apt-get install -y nodejs)");
    Ok(())
}

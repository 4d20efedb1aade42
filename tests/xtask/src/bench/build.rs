//! Builds the programs that are compared.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::artifacts;
use crate::command::{cargo, program, run};
use crate::project;
use crate::toolchain::{Panic, Suite, TARGET, Toolchain};

/// The target of wasm-bindgen.
const UNKNOWN: &str = "wasm32-unknown-unknown";

/// The programs of the page that wasm-bindgen makes.
const OF_WASM_BINDGEN: [&str; 3] = ["reqwest", "gloo_net", "ehttp"];

/// The workspace of the programs.
pub(super) fn packages() -> PathBuf {
    project::root().join("tests/bench.d")
}

/// Builds for the web. Only the newest Emscripten has streams, and the programs of wasm-bindgen
/// abort on a panic, too.
pub(super) fn toolchain() -> Toolchain {
    Toolchain::of(Suite::Sid).with_panic(Panic::Abort)
}

/// The folder that the toolchain builds these programs into.
fn target() -> Result<PathBuf> {
    Ok(toolchain().target_dir()?.join("bench"))
}

/// A folder for the files that are made of the programs.
pub(super) fn folder(name: &str) -> Result<PathBuf> {
    let folder = project::target_dir().join("bench").join(name);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Builds the programs of the page. Returns the folder with the page's script.
pub(super) fn page() -> Result<PathBuf> {
    let folder = folder("page")?;
    cargo_for_web(TARGET, &["--release", "--package", "bench-emscripten", "--bins"])?;
    for name in ["ours", "by_hand"] {
        for end in ["js", "wasm"] {
            let file = format!("{name}.{end}");
            copy(&target()?.join(TARGET).join("release").join(&file), &folder.join(&file))?;
        }
    }
    wasm_bindgen("release", &["--features", "page"], &OF_WASM_BINDGEN, "-O3", &folder)?;
    copy(&packages().join("page/bench.js"), &folder.join("bench.js"))?;
    Ok(folder)
}

/// Builds programs with wasm-bindgen into a folder, as modules of JavaScript.
pub(super) fn wasm_bindgen(
    profile: &str,
    features: &[&str],
    names: &[&str],
    level: &str,
    folder: &Path,
) -> Result<()> {
    let mut arguments = vec!["--profile", profile, "--package", "bench-wasm-bindgen"];
    arguments.extend(features);
    arguments.extend(names.iter().flat_map(|name| ["--bin", name]));
    cargo_for_web(UNKNOWN, &arguments)?;
    let built = target()?.join(UNKNOWN).join(profile);
    let mut bindgen = program(on_host("bench-bindgen", "dev")?);
    run(bindgen.arg(folder).args(names.iter().map(|name| built.join(format!("{name}.wasm")))))?;
    for name in names {
        // As Emscripten does at its end.
        let module = folder.join(format!("{name}_bg.wasm"));
        let mut optimize = toolchain().with_mount(folder).exec("wasm-opt");
        optimize.args([level, "--all-features", "--strip-debug", "--strip-producers", "-o"]);
        run(optimize.args([&module, &module]))?;
    }
    Ok(())
}

/// Builds in the toolchain.
fn cargo_for_web(triple: &str, arguments: &[&str]) -> Result<()> {
    // Debian's Rust brings no linker for wasm-bindgen's target; Emscripten's LLVM does.
    const SCRIPT: &str = r#"
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(ls -d /usr/lib/llvm-*/bin/wasm-ld | tail -n 1)
        export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
        exec cargo build --quiet --locked "$@"
    "#;
    let mut command = toolchain().script_alone(SCRIPT);
    command.args(["--target", triple, "--manifest-path"]);
    command.arg(packages().join("Cargo.toml")).arg("--target-dir").arg(target()?);
    run(command.args(arguments))
}

/// Builds the program of the desktop.
pub(super) fn native() -> Result<PathBuf> {
    on_host("bench-native", "release")
}

/// Builds a program of this machine.
fn on_host(name: &str, profile: &str) -> Result<PathBuf> {
    let mut build = cargo("build --locked --profile");
    build.args([profile, "--package", name, "--manifest-path"]);
    build.arg(packages().join("Cargo.toml"));
    build.arg("--target-dir").arg(project::target_dir().join("bench"));
    artifacts::build_one(&mut build, name)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| from.display().to_string())?;
    Ok(())
}

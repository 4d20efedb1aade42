//! Finds Emscripten, compiles the crate's JavaScript, and sets the `cfg`s that depend on
//! Emscripten's version.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "build/emcc.rs"]
mod emcc;

/// The variable that overrides the version that `emcc -dumpversion` prints.
const VERSION: &str = "FETCH_EMSCRIPTEN_VERSION";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/emcc.rs");
    println!("cargo::rerun-if-env-changed={VERSION}");
    println!("cargo::rustc-check-cfg=cfg(emscripten_heap_views, emscripten_response_url)");
    println!("cargo::rustc-check-cfg=cfg(emscripten_threads)");
    println!("cargo::rustc-check-cfg=cfg(fetch_machine, fuzzing)");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("emscripten") {
        return;
    }
    if has_threads() {
        println!("cargo::rustc-cfg=emscripten_threads");
    }
    let copy = copy();
    println!("cargo::rustc-env=FETCH_RUNTIME_COPY={copy}");
    let emcc = find_emcc();
    compile_javascript(emcc.as_deref(), &copy);
    let Some(version) = version(emcc.as_deref()) else { return };
    // From this version on, the struct of a fetch has the field `responseUrl`.
    if version >= [4, 0, 10] {
        println!("cargo::rustc-cfg=emscripten_response_url");
    }
    // These two versions pass views of the heap to functions that do not accept them.
    if version == [6, 0, 1] || version == [6, 0, 2] {
        println!("cargo::rustc-cfg=emscripten_heap_views");
    }
}

/// The C files that contain the crate's JavaScript. The linker takes those that the program uses.
const JAVASCRIPT: &[&str] = &[
    "base",
    "base_url",
    "budget",
    "cache",
    "entry",
    "gate",
    "heal",
    "heap",
    "housekeeping",
    "node",
    "report",
    "resume",
    "storage",
    "stream",
    "suspend",
    "synchronous",
    "threads",
    "upload",
];

/// Compiles the JavaScript. The names of its functions distinguish this copy of the crate from
/// another version in the same program. Without emcc, cargo can check the crate, but not link
/// programs.
fn compile_javascript(emcc: Option<&Path>, copy: &str) {
    for name in JAVASCRIPT {
        println!("cargo::rerun-if-changed=src/sys/emscripten/{name}.c");
    }
    let Some(emcc) = emcc else { return ask_again() };
    match archive(emcc, copy) {
        Ok(folder) => {
            println!("cargo::rustc-link-search=native={}", folder.display());
            println!("cargo::rustc-link-lib=static=fetch_runtime_js");
        }
        Err(reason) => {
            println!(
                "cargo::warning=programs cannot be linked, as the JavaScript was not compiled: \
                 {reason}"
            );
        }
    }
}

fn archive(emcc: &Path, copy: &str) -> Result<PathBuf, String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let library = out.join("libfetch_runtime_js.a");
    let _ = fs::remove_file(&library);
    let mut archive = Command::new(emcc::beside(emcc, "emar"));
    archive.arg("rcs").arg(&library);
    for name in JAVASCRIPT {
        let text = fs::read_to_string(format!("src/sys/emscripten/{name}.c"))
            .map_err(|error| error.to_string())?;
        let (source, object) = (out.join(format!("{name}.c")), out.join(format!("{name}.o")));
        let text = text.replace("fetch_runtime_", &format!("copy_{copy}_fetch_runtime_"));
        fs::write(&source, text).map_err(|error| error.to_string())?;
        let mut compile = Command::new(emcc);
        compile.args(["-c", "-Oz", "-fPIC", "-Wall"]).arg(source).arg("-o").arg(&object);
        if has_threads() {
            compile.arg("-pthread");
        }
        run(&mut compile)?;
        archive.arg(object);
    }
    run(&mut archive)?;
    Ok(out)
}

/// Whether the program has pthreads.
fn has_threads() -> bool {
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    features.split(',').any(|feature| feature == "atomics")
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// Finds emcc. Makes cargo run this script again when another compiler replaces it.
fn find_emcc() -> Option<PathBuf> {
    for name in emcc::VARIABLES {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let emcc = emcc::find_in_environment();
    for path in emcc.as_deref().map(emcc::witnesses).unwrap_or_default() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    emcc
}

/// Emscripten's version. If it is unknown, `None` and a warning.
fn version(emcc: Option<&Path>) -> Option<[u32; 3]> {
    let text = env::var(VERSION).ok().or_else(|| emcc.and_then(emcc::version));
    let version = text.as_deref().map(str::trim).and_then(emcc::parse);
    if version.is_none() {
        let reason = match text {
            Some(text) => format!("{text:?} is not an Emscripten version"),
            None => "emcc -dumpversion gave no version (is emsdk_env.sh sourced?)".to_owned(),
        };
        println!(
            "cargo::warning={reason}, so Response::final_url will be None: \
             set {VERSION}, for example to 6.0.5"
        );
        ask_again();
    }
    version
}

/// Names a file that never exists, so that cargo runs this script for each build.
fn ask_again() {
    println!("cargo::rerun-if-changed=build/no-emcc");
}

/// The name of this copy of the crate. It differs from that of another version in the same program,
/// and from that of the same version from another source. For a crate from a registry or from git,
/// it is the same on each machine.
fn copy() -> String {
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let folder = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    for part in Path::new(&folder).iter().rev().take(2) {
        part.to_string_lossy().hash(&mut hasher);
    }
    format!("{:08x}", hasher.finish() as u32)
}

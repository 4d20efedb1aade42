//! Tells the crate what it is built for: which Emscripten, and whether to leave out the guard of
//! the close.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "build/emcc.rs"]
mod emcc;

/// Overrides what `emcc -dumpversion` prints.
const VERSION: &str = "FETCH_EMSCRIPTEN_VERSION";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/emcc.rs");
    println!("cargo::rerun-if-env-changed={VERSION}");
    println!("cargo::rustc-check-cfg=cfg(emscripten_heap_views, emscripten_response_url)");
    println!("cargo::rustc-check-cfg=cfg(fetch_machine, fuzzing)");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("emscripten") {
        return;
    }
    let copy = copy();
    println!("cargo::rustc-env=FETCH_RUNTIME_COPY={copy}");
    let emcc = find_emcc();
    compile_javascript(emcc.as_deref(), &copy);
    let Some(version) = version(emcc.as_deref()) else { return };
    // The struct of a fetch has `responseUrl` from this version on.
    if version >= [4, 0, 10] {
        println!("cargo::rustc-cfg=emscripten_response_url");
    }
    // These two hand JS a view of the heap where it takes none.
    if version == [6, 0, 1] || version == [6, 0, 2] {
        println!("cargo::rustc-cfg=emscripten_heap_views");
    }
}

/// The library's JavaScript, which is text in C files. The linker takes of them what a program
/// uses.
const JAVASCRIPT: &[&str] = &["base", "cache", "heap", "report", "stream", "threads"];

/// Compiles it, under names that tell this copy of the crate from another version in the same
/// program. Without emcc, the crate can be checked, and programs cannot be linked.
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
                "cargo::warning=the library's JavaScript was not compiled: {reason}; programs cannot be linked"
            );
        }
    }
}

fn archive(emcc: &Path, copy: &str) -> Result<PathBuf, String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("there is no OUT_DIR")?);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let has_threads = features.split(',').any(|feature| feature == "atomics");
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
        if has_threads {
            compile.arg("-pthread");
        }
        run(&mut compile)?;
        archive.arg(object);
    }
    run(&mut archive)?;
    Ok(out)
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// Has cargo run this again when another compiler takes the place of the one that is found.
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

/// Emscripten's version; `None`, with a warning, if there is none to be known.
fn version(emcc: Option<&Path>) -> Option<[u32; 3]> {
    let text = env::var(VERSION).ok().or_else(|| emcc.and_then(emcc::version));
    let version = text.as_deref().map(str::trim).and_then(emcc::parse);
    if version.is_none() {
        let reason = match text {
            Some(text) => format!("{text:?} is no version of Emscripten"),
            None => "emcc -dumpversion has not answered (is an emsdk's emsdk_env.sh sourced?)"
                .to_owned(),
        };
        println!(
            "cargo::warning={reason}, so Response::final_url will be None: set {VERSION}, as in 6.0.5"
        );
        ask_again();
    }
    version
}

/// Names a file that is never there: cargo runs this for each build.
fn ask_again() {
    println!("cargo::rerun-if-changed=build/no-emcc");
}

/// Tells this copy of the crate from another version in the same program, and from the same version
/// of another source. It is the same on each machine for crates from a registry or from git.
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

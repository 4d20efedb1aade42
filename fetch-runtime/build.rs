//! Tells the crate what it is built for: which Emscripten, and whether to leave out the guard of the close.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Set by the tests, which have to see that they can fail: a build that leaks.
const PLAIN_CLOSE: &str = "FETCH_TEST_PLAIN_CLOSE";

/// Overrides what `emcc -dumpversion` says. The struct of a fetch has `responseUrl` from 4.0.10 only.
const VERSION: &str = "FETCH_EMSCRIPTEN_VERSION";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={VERSION}");
    println!("cargo::rerun-if-env-changed={PLAIN_CLOSE}");
    println!("cargo::rustc-check-cfg=cfg(emscripten_response_url, fetch_plain_close, fuzzing)");
    if env::var_os(PLAIN_CLOSE).is_some() {
        println!("cargo::rustc-cfg=fetch_plain_close");
        println!("cargo::warning={PLAIN_CLOSE} is set: this build leaks");
    }
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("emscripten") {
        return;
    }
    // Another emcc is another version.
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-env-changed=EMSDK");
    compile_javascript();
    match env::var(VERSION).ok().or_else(ask_emcc).as_deref().map(str::trim) {
        Some(text) => match parse(text) {
            Some(version) if version >= [4, 0, 10] => println!("cargo::rustc-cfg=emscripten_response_url"),
            Some(_) => {}
            None => println!(
                "cargo::warning={text:?} is no version of Emscripten: Response::final_url will be None"
            ),
        },
        None => println!(
            "cargo::warning=emcc -dumpversion has not answered, so Response::final_url will be None: set {VERSION}"
        ),
    }
}

/// The library's JavaScript, which is text in C files. The linker takes of them what a program uses.
const JAVASCRIPT: &[&str] = &["base", "cache", "report", "stream", "threads"];

fn compile_javascript() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let has_threads = env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|all| all.split(',').any(|one| one == "atomics"));
    let mut archive = Command::new(tool("emar"));
    archive.arg("rcs").arg(out.join("libfetch_runtime_js.a"));
    for name in JAVASCRIPT {
        let source = format!("src/sys/emscripten/{name}.c");
        let object = out.join(format!("{name}.o"));
        println!("cargo::rerun-if-changed={source}");
        let mut compile = Command::new(tool("emcc"));
        compile.args(["-c", "-Oz", "-fPIC", "-Wall", &source, "-o"]).arg(&object);
        if has_threads {
            compile.arg("-pthread");
        }
        if !run(&mut compile) {
            return;
        }
        archive.arg(object);
    }
    if run(&mut archive) {
        println!("cargo::rustc-link-search=native={}", out.display());
        println!("cargo::rustc-link-lib=static=fetch_runtime_js");
    }
}

/// Without emcc the crate can be checked, and not linked.
fn run(command: &mut Command) -> bool {
    let succeeded = command.status().is_ok_and(|status| status.success());
    if !succeeded {
        println!("cargo::warning={command:?} has failed: programs cannot be linked");
    }
    succeeded
}

fn tool(name: &str) -> String {
    if cfg!(windows) { format!("{name}.bat") } else { name.to_owned() }
}

fn ask_emcc() -> Option<String> {
    let output = Command::new(tool("emcc")).arg("-dumpversion").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `4.0.10`, or `4.0.10-git`.
fn parse(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.split(['.', '-']).map(|number| number.parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

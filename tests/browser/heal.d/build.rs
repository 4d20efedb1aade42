//! Compiles the C and C++ of the program, and links it as the guide *From C* says.

use std::env;

fn main() {
    println!("cargo::rerun-if-env-changed=FETCH_HEAL");
    println!("cargo::rerun-if-env-changed=FETCH_TEST_STREAMING");
    for file in ["cases.c", "table.c", "handlers.cpp", "cases.h"] {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rerun-if-changed=../../../fetch-runtime/include/fetch_runtime.h");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("emscripten") {
        return;
    }
    let mut c = cc::Build::new();
    c.include("../../../fetch-runtime/include").warnings_into_errors(true).extra_warnings(false);
    // `FETCH_HEAL=no` shows the leaks.
    let is_healed = env::var("FETCH_HEAL").as_deref() != Ok("no");
    c.define("HEALED", if is_healed { "1" } else { "0" });
    let mut cpp = c.clone();
    c.files(["cases.c", "table.c"]).compile("cases");
    cpp.cpp(true).cpp_link_stdlib(None).file("handlers.cpp").compile("handlers");
    if is_healed {
        println!("cargo::rustc-link-arg=-Wl,--wrap=emscripten_fetch,--wrap=emscripten_fetch_close");
    }
    if env::var("FETCH_TEST_STREAMING").as_deref() == Ok("yes") {
        println!("cargo::rustc-link-arg=-sFETCH_STREAMING=1");
    }
}

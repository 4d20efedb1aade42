//! Links each program as a factory of its own, with streams.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=library.js");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("emscripten") {
        return;
    }
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo::rustc-link-arg=--js-library={folder}/library.js");
    println!("cargo::rustc-link-arg=-sALLOW_MEMORY_GROWTH=1");
    println!("cargo::rustc-link-arg=-sFETCH_STREAMING=1");
    println!("cargo::rustc-link-arg=-sMODULARIZE=1");
    for program in ["ours", "by_hand"] {
        println!("cargo::rustc-link-arg-bin={program}=-sEXPORT_NAME={program}");
    }
}

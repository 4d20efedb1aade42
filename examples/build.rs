//! Links the examples for the web with streams, where Emscripten has them.

#[path = "../fetch-runtime/build/emcc.rs"]
#[allow(dead_code, reason = "fetch-runtime's build script uses the rest")]
mod emcc;

/// The first Emscripten with `-sFETCH_STREAMING`.
const STREAMING: [u32; 3] = [4, 0, 21];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in emcc::VARIABLES {
        println!("cargo::rerun-if-env-changed={name}");
    }
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("emscripten") {
        return;
    }
    let Some(emcc) = emcc::find_in_environment() else { return };
    for file in emcc::witnesses(&emcc) {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let version = emcc::version(&emcc).as_deref().and_then(emcc::parse);
    if version >= Some(STREAMING) {
        println!("cargo::rustc-link-arg-examples=-sFETCH_STREAMING=1");
    }
}

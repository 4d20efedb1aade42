//! Tells the linker what raylib needs on the web.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("emscripten") {
        // Emscripten's own GLFW, which gives raylib its canvas, its keys and its mouse.
        println!("cargo::rustc-link-arg-bins=-sUSE_GLFW=3");
    }
}

//! Links the program with the part of Emscripten that requests need under Node.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=FETCH_TEST_STREAMING");
    let is_web = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "emscripten");
    if is_web && std::env::var("FETCH_TEST_STREAMING").is_ok_and(|value| value == "yes") {
        println!("cargo::rustc-link-arg=-sFETCH_STREAMING=1");
    }
}

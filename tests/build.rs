//! Links the browser's tests with streaming, if `FETCH_TEST_STREAMING=yes` says that this Emscripten has it.

fn main() {
    println!("cargo::rerun-if-env-changed=FETCH_TEST_STREAMING");
    let is_for_the_web = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "emscripten");
    if is_for_the_web && std::env::var("FETCH_TEST_STREAMING").is_ok_and(|value| value == "yes") {
        println!("cargo::rustc-link-arg-tests=-sFETCH_STREAMING=1");
    }
}

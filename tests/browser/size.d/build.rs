//! With the feature `heal`, links as the guide *From C* says.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_HEAL").is_some() {
        println!("cargo::rustc-link-arg=-Wl,--wrap=emscripten_fetch,--wrap=emscripten_fetch_close");
    }
}

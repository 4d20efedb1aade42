//! The program of the browser suite: `tests/browser/run --package fetch-tests --test browser`
//!
//! It is linked anew for each set of flags (see `build.rs`); the library is compiled once.

#[cfg(target_os = "emscripten")]
fn main() {
    fetch_browser_tests::main();
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    if std::env::args().any(|argument| argument == "--list-sets") {
        print!("{}", fetch_shared::sets::list());
    } else {
        println!("this is for the browser: tests/browser/run --package fetch-tests --test browser");
    }
}

//! The program of the browser suite: `tests/browser/run --package fetch-tests --test browser`
//!
//! It is linked anew for each set of flags (see `build.rs`); the library is compiled once.

fn main() {
    fetch_browser_tests::main();
}

//! The browser suite: every scenario, and what only a browser has.
//! `tests/browser/run --package fetch-tests --test browser`
//!
//! An argument names the set: `scenarios` (the default), `reload`, `no-indexeddb`, `main-loop`,
//! `matrix`, `soak`, `blocking`, and those of real failures, in real/mod.rs; a second one, a part
//! of the scenarios' names.

#[cfg(target_os = "emscripten")]
mod driver;
#[cfg(target_os = "emscripten")]
mod js;
#[cfg(target_os = "emscripten")]
mod matrix;
#[cfg(target_os = "emscripten")]
mod real;
#[cfg(target_os = "emscripten")]
mod sets;
#[cfg(target_os = "emscripten")]
mod soak;

#[cfg(all(target_os = "emscripten", not(target_feature = "atomics")))]
fn main() {
    start();
}

/// All of it runs on a thread that may wait, and that has an event loop as the main one has.
#[cfg(all(target_os = "emscripten", target_feature = "atomics"))]
fn main() {
    js::keep_alive();
    std::thread::Builder::new().stack_size(1 << 20).spawn(start).expect("a thread");
}

#[cfg(target_os = "emscripten")]
fn start() {
    fetch_tests::ending::only_by_exit();
    let mut arguments = std::env::args().skip(1);
    let set = arguments.next().unwrap_or_else(|| "scenarios".into());
    let filter = arguments.next().unwrap_or_default();
    match sets::named(&set) {
        Some(tests) => driver::run(tests, &filter),
        None => {
            eprintln!("there is no set {set:?}");
            fetch_tests::ending::exit(2);
        }
    }
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("this is for the browser: tests/browser/run --package fetch-tests --test browser");
}

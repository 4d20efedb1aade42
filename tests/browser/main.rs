//! The browser suite: every scenario, and what only a browser has. `tests/browser/run --package fetch-tests --test browser`
//!
//! An argument names the set: `scenarios` (the default), `reload`, `no-indexeddb`, `main-loop`; a second one, a part of
//! the scenarios' names.

#[cfg(target_os = "emscripten")]
mod driver;
#[cfg(target_os = "emscripten")]
mod js;
#[cfg(target_os = "emscripten")]
mod sets;

/// The status counts if the runtime exits before the driver does.
#[cfg(target_os = "emscripten")]
fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let set = arguments.next().unwrap_or_else(|| "scenarios".into());
    let filter = arguments.next().unwrap_or_default();
    match sets::named(&set) {
        Some(scenarios) => driver::run(scenarios, &filter),
        None => {
            eprintln!("there is no set {set:?}");
            std::process::exit(2);
        }
    }
    std::process::ExitCode::FAILURE
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("this is for the browser: tests/browser/run --package fetch-tests --test browser");
}

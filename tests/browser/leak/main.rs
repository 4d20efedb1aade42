//! The leak, the sentinel and what the guard costs, measured in a browser.
//! `tests/browser/run --package fetch-tests --test browser-leak`
#![allow(unsafe_code)]

#[cfg(target_os = "emscripten")]
mod by_hand;
#[cfg(target_os = "emscripten")]
mod figures;
#[cfg(target_os = "emscripten")]
mod page;
#[cfg(target_os = "emscripten")]
mod task;

/// The status counts if the runtime exits before the figures are there.
#[cfg(target_os = "emscripten")]
fn main() -> std::process::ExitCode {
    // A panic in a handler does not end a page.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(101);
    }));
    task::run(figures::all());
    std::process::ExitCode::FAILURE
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("only in a browser: tests/browser/run --package fetch-tests --test browser-leak");
}

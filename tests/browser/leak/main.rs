//! The leak and the sentinel, measured in a browser; with the argument `costs`, the guard's costs.
//! `tests/browser/run --package fetch-tests --test browser-leak -- costs`
#![allow(unsafe_code)]

#[cfg(target_os = "emscripten")]
mod by_hand;
#[cfg(target_os = "emscripten")]
mod figures;
#[cfg(target_os = "emscripten")]
mod page;
#[cfg(target_os = "emscripten")]
mod task;

#[cfg(target_os = "emscripten")]
fn main() {
    fetch_shared::ending::only_by_exit();
    // A panic in a handler does not end a page.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        fetch_shared::ending::exit(101);
    }));
    task::run(figures::all());
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("only in a browser: tests/browser/run --package fetch-tests --test browser-leak");
}

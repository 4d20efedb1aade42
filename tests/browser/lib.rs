//! The browser suite: the shared scenarios, the matrix, and the tests that only a browser has.
//!
//! The first argument of its program names the set, by default `scenarios`; the second a part
//! of the tests' names. `fetch_shared::sets` has the table of the sets. `--list-sets` prints
//! it, also on the desktop: `cargo test -p fetch-tests --test browser -- --list-sets`.

#![cfg(target_os = "emscripten")]
#![deny(dead_code)] // so that no test can be left out

/// The tests of these names, which are functions.
macro_rules! tests {
    ($($name:ident),+) => {
        vec![$((stringify!($name).to_owned(), Box::new($name) as $crate::driver::Run)),+]
    };
}

mod blocking;
mod cache;
mod driver;
mod js;
mod jspi;
mod main_loop;
mod matrix;
mod options;
mod page;
mod real;
mod sets;
mod soak;
mod streaming;
mod tabs;
#[cfg(target_feature = "atomics")]
mod threads;

/// Runs the set that the arguments name.
#[cfg(not(target_feature = "atomics"))]
pub fn main() {
    start();
}

/// Runs the set that the arguments name, on a thread that may block, and that has an event loop as
/// the main one has. With JSPI, the main thread may.
#[cfg(target_feature = "atomics")]
pub fn main() {
    js::keep_alive();
    if fetch_shared::scenario::is_jspi() {
        return start();
    }
    std::thread::Builder::new().stack_size(1 << 20).spawn(start).expect("a thread");
}

fn start() {
    use fetch_shared::sets::{self, Set};

    let mut arguments = std::env::args().skip(1);
    let set = arguments.next().unwrap_or_else(|| Set::Scenarios.name().to_owned());
    let filter = arguments.next().unwrap_or_default();
    if set == tabs::ANOTHER {
        return tabs::be_another(&filter);
    }
    fetch_shared::ending::only_by_exit();
    match Set::named(&set) {
        Some(Set::Jspi) => {
            let after = self::sets::after_main();
            driver::run_in_main(self::sets::tests(Set::Jspi), after, &filter);
        }
        Some(set) => driver::run(self::sets::tests(set), &filter),
        None if set == "--list-sets" => {
            print!("{}", sets::list());
            fetch_shared::ending::exit(0);
        }
        None => {
            eprintln!("there is no set {set:?}; these are all:\n{}", sets::list());
            fetch_shared::ending::exit(2);
        }
    }
}

//! Programs whose handlers fail, and that run on to their end, and one that loads files, for the
//! tests of the runner.
//! `cargo xtask suite trixie endings` runs each.
#![allow(unsafe_code)]

#[cfg(target_os = "emscripten")]
#[path = "../js.rs"]
#[allow(dead_code)]
mod js;

#[cfg(target_os = "emscripten")]
fn main() {
    use fetch_runtime::{Response, fetch};

    let case = std::env::args().nth(1).unwrap_or_default();
    // The program goes on after a failure; by default it ends when nothing is in flight.
    let go_on = |what: &'static str, then: fn()| {
        fetch!(GET "/slow/20" => move |response: Response| {
            assert!(response.is_success());
            println!("goes on after {what}");
            then();
        })
        .unwrap();
    };
    // Node has no page to which the URLs are relative.
    if js::evaluate("typeof location") == "undefined" {
        let origin = std::env::var("FETCH_TEST_ORIGIN").unwrap_or_default();
        fetch_runtime::set_base_url(&format!("{origin}/")).unwrap();
    }
    match case.as_str() {
        "nothing" => {}
        // Prints a line for each URL among the arguments.
        "loads" => {
            for url in std::env::args().skip(2) {
                fetch!(GET url, cache: ForceCache => |response: Response| {
                    let (status, text) = (response.status(), response.text().into_owned());
                    println!("{status} {:?}: {text}", response.cache_status());
                })
                .unwrap();
            }
            return;
        }
        // Exits with a status in one engine, and with 0 in the others.
        "exits" => {
            let mut arguments = std::env::args().skip(2);
            let status = arguments.next().expect("a status").parse().expect("a number");
            let here = std::env::var("FETCH_TEST_ENGINE").expect("the runner names it");
            let is_meant = arguments.next().expect("an engine") == here;
            let status = if is_meant { status } else { 0 };
            println!("exits with {status} in {here}");
            std::process::exit(status);
        }
        // Stores a record, and stays.
        "stores" => {
            extern "C-unwind" fn frame() {}
            fetch!(GET "/bytes/1000", cache: ForceCache => |response: Response| {
                println!("{:?}", response.cache_status());
            })
            .unwrap();
            js::main_loop(frame)
        }
        // The page is of one colour, but for its text.
        "paints" => js::run("document.documentElement.style.background = 'rgb(10, 120, 200)'"),
        "a-panic" | "a-panic-then-exit-0" | "a-panic-then-exit-3" | "an-expected-panic" => {
            if case == "an-expected-panic" {
                js::run("addEventListener('error', (event) => event.preventDefault())");
            }
            fetch!(GET "/empty" => |_| panic!("on purpose")).unwrap();
        }
        "an-error" => {
            fetch!(GET "/empty" => |_| Err::<(), _>("on purpose")).unwrap();
        }
        "both" => {
            fetch!(GET "/empty" => |_| panic!("on purpose")).unwrap();
            fetch!(GET "/empty" => |_| Err::<(), _>("on purpose")).unwrap();
        }
        "a-panic-in-progress" => {
            let on_progress = |_| panic!("on purpose");
            fetch!(GET "/bytes/1000", on_progress: on_progress => |_| ()).unwrap();
        }
        // The last thing that happens: nothing else keeps the program alive.
        "a-panic-at-the-end" => {
            fetch!(GET "/slow/40" => |_| panic!("on purpose")).unwrap();
        }
        // A game's frame, as the documentation writes it.
        "a-frame-that-exits" => {
            extern "C-unwind" fn frame() {
                println!("goes on after it");
                std::process::exit(5)
            }
            js::main_loop(frame)
        }
        // An exit while a request is in flight is no return of main.
        "an-exit-in-flight" => {
            fetch!(GET "/slow/20000" => |_| ()).unwrap();
            println!("exits");
            std::process::exit(0);
        }
        // The exception with which Emscripten leaves the program is no error.
        "an-exit-in-javascript" => {
            println!("exits");
            js::run("setTimeout(() => _exit(5))");
        }
        "an-uncaught-error" => js::run("setTimeout(() => { throw new Error('on purpose') })"),
        "a-rejection" => js::run("Promise.reject(new Error('on purpose'))"),
        "a-rejection-then-exit-0" => {
            js::run("Promise.reject(new Error('on purpose'))");
            std::process::exit(0);
        }
        "an-abort" => std::process::abort(),
        // The failure ends it, in spite of the request.
        "a-panic-in-main" => {
            fetch!(GET "/slow/600000" => |_| ()).unwrap();
            panic!("on purpose");
        }
        "a-request-that-hangs" => {
            fetch!(GET "/slow/600000" => |_| ()).unwrap();
            return;
        }
        // Nothing ends it but the page, or its worker.
        "a-page-that-leaves" => {
            extern "C-unwind" fn frame() {}
            js::run("typeof window === 'object' ? location.href = 'about:blank' : close()");
            js::main_loop(frame)
        }
        "a-loop" => {
            println!("loops");
            loop {
                std::hint::spin_loop();
            }
        }
        // A panic that the program catches itself is no failure of a handler.
        "a-caught-panic" => {
            fetch!(GET "/empty" => |_| drop(std::panic::catch_unwind(|| panic!("on purpose"))))
                .unwrap();
        }
        _ => panic!("there is no case {case:?}"),
    }
    go_on(
        "it",
        match case.as_str() {
            "a-panic-then-exit-0" => || std::process::exit(0),
            "a-panic-then-exit-3" => || std::process::exit(3),
            _ => || (),
        },
    );
}

#[cfg(not(target_os = "emscripten"))]
fn main() {
    println!("only in a browser: cargo xtask suite trixie endings");
}

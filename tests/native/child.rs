//! A program for the tests that need a process of their own.

use std::process::ExitCode;
use std::time::Duration;

#[cfg(not(target_os = "emscripten"))]
// where it is built, since cargo builds it for every test, and never run
use fetch_runtime::native;
use fetch_runtime::{CacheMode, Request, Response, fetch, fetch_handler};

#[cfg(not(target_os = "emscripten"))]
#[path = "child/alone.rs"]
mod alone;
#[cfg(not(target_os = "emscripten"))]
#[path = "child/awaiting.rs"]
mod awaiting;
#[cfg(not(target_os = "emscripten"))]
#[path = "child/housekeeping.rs"]
mod housekeeping;

fn show(response: &Response, more: &str) {
    println!("{:?} {:?}{more}", response.outcome(), response.cache_status());
}

fn store(key: &str, byte: u8, length: usize) -> Request {
    Request::idb_store(key).body(vec![byte; length])
}

#[fetch_handler]
async fn panics_later(_: Response) {
    fetch_runtime::sleep(Duration::from_millis(1)).await;
    panic!("on purpose");
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    #[cfg(not(target_os = "emscripten"))]
    if let [_, folder, _, ..] = arguments[..] {
        native::set_cache_dir(folder);
    }
    let started = match arguments[..] {
        ["store", _, key, byte, length] => {
            store(key, byte.parse().expect("a byte"), number(length))
                .send_fn(|response| show(&response, ""))
        }
        ["store-forever", _, key, length] => {
            for byte in (0..=u8::MAX).cycle() {
                let started =
                    store(key, byte, number(length)).send_fn(|response| show(&response, ""));
                started.expect("a valid request");
                fetch_runtime::run();
            }
            return ExitCode::FAILURE;
        }
        ["download-forever", _, base, key, length] => {
            for version in 0.. {
                let url = format!("{base}/version/{version}/{length}");
                let request = Request::get(url).cache(CacheMode::NoCache).cache_key(key.to_owned());
                request.send_fn(|response| show(&response, "")).expect("a valid request");
                fetch_runtime::run();
            }
            return ExitCode::FAILURE;
        }
        ["load", _, key] => Request::get(key).cache(CacheMode::OnlyIfCached).send_fn(|response| {
            let first = response.body().first().copied().unwrap_or(0);
            show(&response, &format!(" {} {first}", response.body().len()));
        }),
        ["download", _, url] => Request::get(url).cache(CacheMode::Reload).send_fn(|response| {
            let more = format!(
                " {} {} {}",
                response.body().len(),
                response.status(),
                response.status_text()
            );
            show(&response, &more);
        }),
        #[cfg(not(target_os = "emscripten"))]
        ["fill", _, budget, url, mode] => {
            let mode = match mode {
                "NoCache" => CacheMode::NoCache,
                _ => CacheMode::Reload,
            };
            housekeeping::fill(budget.parse().expect("a number"), url, mode);
            return ExitCode::SUCCESS;
        }
        ["get", url] => Request::get(url)
            .send_fn(|response| show(&response, &format!(" {}", response.body().len()))),
        ["why", url] => Request::get(url).send_fn(|response| {
            let failure = response.into_result().expect_err("it fails");
            let mut error: Option<&dyn std::error::Error> = Some(&failure);
            while let Some(cause) = error {
                println!("{cause}");
                error = cause.source();
            }
        }),
        #[cfg(not(target_os = "emscripten"))]
        ["store-at-once", folder, name] => {
            alone::store_at_once(folder, name);
            return ExitCode::SUCCESS;
        }
        #[cfg(not(target_os = "emscripten"))]
        ["end-of-a-thread", folder, url] => {
            alone::end_of_a_thread(folder, url);
            return ExitCode::SUCCESS;
        }
        #[cfg(all(unix, not(target_os = "emscripten")))]
        ["fork", folder, url] => {
            alone::fork(folder, url);
            return ExitCode::SUCCESS;
        }
        #[cfg(not(target_os = "emscripten"))]
        ["futures-at-the-end", _, url] => {
            awaiting::futures_at_the_end(url);
            return ExitCode::SUCCESS;
        }
        #[cfg(all(unix, not(target_os = "emscripten")))]
        ["fork-awaiting", _, url] => {
            awaiting::fork(url);
            return ExitCode::SUCCESS;
        }
        #[cfg(all(unix, not(target_os = "emscripten")))]
        ["await-slowly", executor, url] => {
            awaiting::slowly(executor, url);
            return ExitCode::SUCCESS;
        }
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        ["abort-a-lookup", folder] => {
            alone::abort_a_lookup(folder);
            return ExitCode::SUCCESS;
        }
        ["panic-later", url] => fetch!(GET url => panics_later),
        // It ends without a call of `run`.
        ["forget", url] => {
            Request::get(url).send_fn(|_| ()).expect("a valid request");
            return ExitCode::SUCCESS;
        }
        #[cfg(not(target_os = "emscripten"))]
        ["cache-dir"] => {
            println!("{}", native::cache_dir().expect("a user with a folder").display());
            return ExitCode::SUCCESS;
        }
        _ => return ExitCode::from(2),
    };
    started.expect("a valid request");
    fetch_runtime::run();
    ExitCode::SUCCESS
}

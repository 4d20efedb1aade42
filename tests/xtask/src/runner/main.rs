//! Runs an Emscripten program in a browser, as cargo's `runner` for `wasm32-unknown-emscripten`.

mod browser;
mod connection;
#[path = "../engine.rs"]
#[allow(dead_code, reason = "the other commands use the rest")]
mod engine;
mod guard;
mod offline;
mod options;
mod others;
mod profile;
mod proxy;
#[path = "../report.rs"]
#[allow(dead_code, reason = "the other commands use the rest")]
mod report;
mod server;
mod session;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::browser::Browser;
use crate::engine::Engine;
use crate::guard::Guard;
use crate::options::Options;
use crate::session::Outcome;

/// The runner itself failed; the numbers are those of timeout(1), and 128 + a signal's as in a
/// shell.
const RUNNER_FAILED: u8 = 125;
const LIMIT_REACHED: u8 = 124;
const CRASHED: u8 = 134;
/// As after a panic in main.
const HANDLER_FAILED: u8 = 101;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    if options.offline
        && let Err(error) = offline::enter()
    {
        eprintln!("fetch-browser-runner: {error:#}");
        return ExitCode::from(RUNNER_FAILED);
    }
    let code = tokio::select! {
        result = run(&options) => result.unwrap_or_else(|error| {
            eprintln!("fetch-browser-runner: {error:#}");
            RUNNER_FAILED
        }),
        number = interrupted() => 128 + number,
    };
    ExitCode::from(code)
}

/// Runs the program in each engine. Returns the first status that is a failure.
async fn run(options: &Options) -> Result<u8> {
    if options.open {
        let guard = Guard::new()?;
        println!("{}", server::start(options, None, guard.folder()).await?.url);
        eprintln!("Open it in a browser; ctrl-c ends.");
        return std::future::pending().await;
    }
    let engines = engine::present(&options.browser.0, report::is_ci(), |engine| {
        // A path of the user's own is not looked for.
        if options.browser_path.is_some() { Ok(()) } else { engine::find(engine).map(drop) }
    })?;
    let mut first = 0;
    for &engine in &engines {
        let name = engine.name();
        if engines.len() > 1 {
            eprintln!("── {name}");
        }
        // A failure of one says nothing about the others.
        let status = run_in(engine, options).await.unwrap_or_else(|error| {
            eprintln!("fetch-browser-runner: {error:#}");
            RUNNER_FAILED
        });
        if engines.len() > 1 && status != 0 {
            eprintln!("fetch-browser-runner: {name} ended with status {status}");
        }
        if first == 0 {
            first = status;
        }
    }
    Ok(first)
}

async fn run_in(engine: Engine, options: &Options) -> Result<u8> {
    let guard = Guard::new()?;
    let mut server = server::start(options, Some(engine), guard.folder()).await?;
    let mut browser = Browser::start(engine, options, &server, guard).await?;
    let outcome = session::run(&mut browser, &mut server.pages, options).await?;
    if options.private {
        let kept = browser.data_of_pages()?;
        ensure!(kept.is_empty(), "the private window has left {kept:?}");
    }
    if let Some(file) = &options.screenshot {
        browser.screenshot(file).await?;
    }
    Ok(report(outcome, options.limit()))
}

/// Prints how the program ended, unless it ended by itself. Returns the status to exit with.
fn report(outcome: Outcome, limit: Option<Duration>) -> u8 {
    match outcome {
        Outcome::Exit { status: 0, handler_failed: true } => {
            eprintln!(
                "fetch-browser-runner: a handler panicked or returned an error: see stderr above"
            );
            HANDLER_FAILED
        }
        Outcome::Exit { status, .. } => status.to_le_bytes()[0],
        Outcome::Failure(what) => {
            eprintln!("fetch-browser-runner: the program failed: {}", what.trim_end());
            CRASHED
        }
        Outcome::Limit { main_returned } => {
            let seconds = limit.unwrap_or_default().as_secs_f64();
            eprintln!(
                "fetch-browser-runner: still not done after {seconds} s (--timeout, \
                 FETCH_RUNNER_TIMEOUT)"
            );
            eprintln!(
                "  {}",
                if main_returned {
                    "main has returned: a request or a main loop is still going, or the program \
                     was linked without -sEXIT_RUNTIME=1 and so never says that it is done"
                } else {
                    "main has not returned"
                }
            );
            LIMIT_REACHED
        }
    }
}

/// The number of the signal that asks this process to end. A caller that waits for it beside a
/// future drops the future then, and the browser with it.
async fn interrupted() -> u8 {
    let on = |kind: SignalKind| signal(kind).expect("this thread's runtime handles signals");
    let (mut hangup, mut interrupt, mut terminate) =
        (on(SignalKind::hangup()), on(SignalKind::interrupt()), on(SignalKind::terminate()));
    tokio::select! {
        _ = hangup.recv() => 1,
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
    }
}

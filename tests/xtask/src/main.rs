//! The project's own commands: `cargo xtask help`.

mod api;
mod artifacts;
mod bench;
mod browser;
mod build_cost;
mod cache_tests;
mod check;
mod ci;
mod command;
mod engine;
mod examples;
mod features;
mod linking;
mod mutants;
mod project;
mod report;
mod rustdoc;
mod size;
mod suite;
mod test;
mod toolchain;
mod tools;
mod valgrind;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::browser::Browser;
use crate::check::Check;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Xtask {
    /// The gate: formatting, lints, documentation, the checks, the API, the packages, all tests
    Ci,
    /// Check the sources: circles, dependencies, lines, links, mutations, spelling
    Check {
        /// The checks to run; all, where none is named
        #[arg(value_name = "CHECK")]
        checks: Vec<Check>,
    },
    /// Run all tests, or parts of them (the same: tests/run)
    Test(test::Test),
    /// Build programs for the web and run each in a browser (the same: tests/browser/run)
    ///
    /// Exits with the program's status if it was one, else with 0 if all of them ended with 0.
    ///
    /// The runner's own options are variables: FETCH_RUNNER_TIMEOUT, FETCH_RUNNER_PAGE,
    /// FETCH_RUNNER_SCREENSHOT … (tests/browser/runner --help). NAME.html beside an example is
    /// its page.
    ///
    /// With an emsdk and a rustup target on the machine, plain cargo does the same:
    ///
    /// cargo run --target wasm32-unknown-emscripten --package fetch-examples --example NAME
    #[command(verbatim_doc_comment)]
    Browser(Box<Browser>),
    /// Run the browser suite on a toolchain, or sets of it
    Suite(suite::Suite),
    /// Check how the program of tests/browser/endings ends in browsers
    #[command(hide = true)]
    Endings(suite::Endings),
    /// Measure how many bytes fetch-runtime adds to a program, and check the limits
    Size(size::Size),
    /// Break the sources on purpose: a mutation that no test notices is a failure
    Mutants(mutants::Mutants),
    /// Run the native suite under valgrind, and a test that leaks, which valgrind must notice
    Valgrind,
    /// Run the HTTP working group's tests of caches (npm: http-cache-tests) on this crate's cache
    CacheTests(cache_tests::CacheTests),
    /// Compare the public API with its snapshots in tests/api
    Api(api::Api),
    /// Build the documentation as docs.rs does, and check that it names the features of items
    Doc,
    /// Compile fetch-runtime with each two of its features on and off, and deny warnings
    Features(features::Features),
    /// Measure the macros' cost in build time, on a machine that does nothing else
    Cost {
        #[arg(value_enum)]
        of: Cost,
    },
    /// Measure a cold build of a desktop program, beside programs with other HTTP clients
    BuildCost(build_cost::BuildCost),
    /// Compare fetch-runtime with other clients, on a machine that does nothing else (minutes)
    Bench(bench::Bench),
    /// Link a program in each of the ways that fetch-runtime/docs/linking.md lists, and run it
    Linking(linking::Linking),
}

/// The subject of a measurement.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cost {
    /// The time that their expansions take, against the same code without macros (minutes)
    Expansions,
    /// A build of fetch-macros from nothing, beside those of known macro crates
    Build,
}

fn main() -> ExitCode {
    match rustdoc::become_rustdoc().and_then(|()| run(&Xtask::parse())) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command. Returns the status to exit with.
fn run(xtask: &Xtask) -> Result<u8> {
    // The files that the options of `browser` name are the caller's.
    if let Xtask::Browser(browser) = xtask {
        return browser.run();
    }
    env::set_current_dir(project::root())?;
    match xtask {
        Xtask::Browser(_) => {}
        Xtask::Ci => ci::run_all()?,
        Xtask::Check { checks } => check::run(checks)?,
        Xtask::Test(test) => test.run()?,
        Xtask::Suite(suite) => suite.run()?,
        Xtask::Endings(endings) => endings.run()?,
        Xtask::Size(size) => size.run()?,
        Xtask::Mutants(mutants) => mutants.run()?,
        Xtask::Valgrind => valgrind::check()?,
        Xtask::CacheTests(tests) => tests.run()?,
        Xtask::Api(api) => api.run()?,
        Xtask::Doc => rustdoc::check(rustdoc::Scope::Published)?,
        Xtask::Features(features) => features.run()?,
        Xtask::Cost { of } => {
            let mut cost = test::own("run --quiet --locked --features cost");
            cost.args(["--bin", "fetch-macros-cost", "--"]).arg(project::target_dir());
            command::run(cost.arg(toolchain::word(*of)))?;
        }
        Xtask::BuildCost(cost) => cost.run()?,
        Xtask::Bench(bench) => bench.run()?,
        Xtask::Linking(linking) => linking.run()?,
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Xtask::command().debug_assert();
    }
}

//! The HTTP working group's tests of caches, with this crate's cache under test.
//!
//! The package http-cache-tests describes each case, plays the server and judges the responses. Its
//! driver, tests/cache_tests/driver.mjs, hands the requests to tests/cache_tests/main.rs, which
//! sends them with the mode `Default`. Nothing of the package is in this repository.

mod package;
mod table;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use tempfile::TempDir;

use self::table::Reason;
use crate::artifacts;
use crate::browser::{Browser, build_runner, installed};
use crate::command::{cargo, exists, program};
use crate::engine::{Engine, Engines};
use crate::report::{left_out, say};
use crate::toolchain::Toolchain;

/// The program of the cache under test.
const PROGRAM: &str = "cache-under-test";

#[derive(Args, Default)]
pub(crate) struct CacheTests {
    #[command(flatten)]
    toolchain: Toolchain,

    /// Run the cache in browsers: chromium, firefox or webkit; `all`, or a list with commas.
    /// Without this, it runs natively
    #[arg(long, value_name = "NAME")]
    browser: Option<Engines>,

    /// List the cases that do not pass, with the reasons; run nothing
    #[arg(long)]
    list: bool,
}

impl CacheTests {
    pub(crate) fn run(&self) -> Result<()> {
        if self.list {
            print!("{}", table::list());
            return Ok(());
        }
        match &self.browser {
            None => native(),
            Some(engines) => self.in_browsers(&engines.0),
        }
    }

    fn in_browsers(&self, engines: &[Engine]) -> Result<()> {
        let engines = installed(engines, self.toolchain.install)?;
        let package = package::folder()?;
        build_runner()?;
        let mut browser = Browser {
            toolchain: self.toolchain.clone(),
            package: Some("fetch-tests".into()),
            names: vec![PROGRAM.into()],
            environment: vec![("FETCH_RUNNER_TIMEOUT", "300".into())],
            ..Browser::default()
        };
        let built = browser.build()?;
        let built = built.iter().find(|built| built.name == PROGRAM).context("it was not built")?;
        let mut failed = Vec::new();
        for engine in engines {
            say(&format!("The cache tests in {}", engine.name()));
            let results = results(engine, &package, |address| {
                let forward = |path: &str| format!("/{path}={address}/{path}");
                browser.proxy = vec![forward("bridge"), forward("test")];
                Ok(browser.command(built, engine))
            })?;
            if let Err(error) = compare(engine, &results) {
                failed.push(format!("{}: {error:#}", engine.name()));
            }
        }
        ensure!(failed.is_empty(), "{}", failed.join("\n"));
        Ok(())
    }
}

/// Runs them on the desktop, where Node and npm are.
pub(crate) fn native() -> Result<()> {
    if !exists("node") || !exists("npm") {
        return left_out("the cache tests: install nodejs and npm");
    }
    let package = package::folder()?;
    // With the features of the whole workspace, as for the other tests.
    let mut build = cargo("build --locked --workspace --example");
    let cache = artifacts::build_one(build.arg(PROGRAM), PROGRAM)?;
    let folder = TempDir::with_prefix("fetch-cache-tests-")?;
    let results = results(Engine::Native, &package, |address| {
        let mut command = program(&cache);
        command.arg(address).arg(folder.path());
        Ok(command)
    })?;
    compare(Engine::Native, &results)
}

/// Runs all cases, and those with another result than expected once more: a response that is fresh
/// for two seconds is stale on a machine that is busy.
fn results(
    engine: Engine,
    package: &Path,
    mut cache: impl FnMut(&str) -> Result<Command>,
) -> Result<Results> {
    let mut results = Results::new();
    for _ in 0..3 {
        let again: Vec<_> = unexpected(engine, &results).collect();
        if results.len() == package::CASES && again.is_empty() {
            break;
        }
        let driver = Driver::start(package, &again)?;
        let mut command = cache(&driver.address)?;
        results.extend(driver.results(&mut command)?);
    }
    Ok(results)
}

const PASSED: &str = "Passed";

/// How each case ended: `Passed`, or the kind of failure and a message.
type Results = BTreeMap<String, (String, String)>;

/// The suite's own program. Dropping it ends it.
struct Driver {
    child: Child,
    lines: BufReader<ChildStdout>,
    address: String,
}

impl Driver {
    fn start(package: &Path, cases: &[String]) -> Result<Self> {
        let mut node = program("node");
        node.arg("tests/cache_tests/driver.mjs").arg(package).args(cases);
        let mut child = node.stdout(Stdio::piped()).spawn().context("cannot start node")?;
        let lines = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let mut driver = Self { child, lines, address: String::new() };
        let mut line = String::new();
        driver.lines.read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("address\t");
        driver.address = address.context("the driver has no address")?.to_owned();
        Ok(driver)
    }

    /// Runs the cache, and returns what the suite says of it.
    fn results(mut self, cache: &mut Command) -> Result<Results> {
        let mut cache = Ended(cache.stdin(Stdio::null()).spawn().context("cannot start it")?);
        let mut results = Results::new();
        for line in self.lines.by_ref().lines() {
            let line = line?;
            let words: Vec<_> = line.splitn(4, '\t').collect();
            let ["case", id, how, message] = words[..] else { bail!("unexpected: {line}") };
            results.insert(id.to_owned(), (how.to_owned(), message.to_owned()));
        }
        let status = cache.0.wait()?;
        ensure!(status.success(), "the cache ended with {status}");
        ensure!(self.child.wait()?.success(), "the driver failed");
        Ok(results)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that ends with its owner.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The cases that pass and should not, or the other way round.
fn unexpected(engine: Engine, results: &Results) -> impl Iterator<Item = String> {
    let is_wrong = move |(id, (how, _)): &(&String, &(String, String))| {
        (how == PASSED) == table::reason(id, engine).is_some()
    };
    results.iter().filter(is_wrong).map(|(id, _)| id.clone())
}

/// Compares the results with the table, in both directions.
fn compare(engine: Engine, results: &Results) -> Result<()> {
    let mut wrong = Vec::new();
    for id in unexpected(engine, results) {
        let (how, message) = &results[&id];
        wrong.push(match table::reason(&id, engine) {
            None => format!("{id} does not pass: {how}: {message}"),
            Some(reason) => format!("{id} passes; it does not, the table says: {}", reason.why),
        });
    }
    for id in table::cases(engine).filter(|id| !results.contains_key(*id)) {
        wrong.push(format!("the suite has no case {id}"));
    }
    let passed = results.values().filter(|(how, _)| how == PASSED).count();
    println!("{}: {} cases, {passed} passed", engine.name(), results.len());
    for Reason { why, cases, .. } in table::REASONS {
        let is_here =
            |id: &&&str| table::reason(id, engine).is_some_and(|reason| reason.why == *why);
        println!("  {:3}  {why}", cases.iter().filter(is_here).count());
    }
    ensure!(results.len() == package::CASES, "the suite has {} cases", package::CASES);
    ensure!(wrong.is_empty(), "other results than expected:\n{}", wrong.join("\n"));
    Ok(())
}

//! Tests of the commands that people type: `--open`, the template, several browsers, `--help`, and
//! the toolchain.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::checks::{Checks, GOES_ON, ends, ends_and_says};
use super::endings::{PACKAGE, PROGRAM, RUNNER_FAILED};
use crate::browser::{Browser, status_of};
use crate::command::{program, run, stdout};
use crate::engine::{self, Engine};
use crate::project;
use crate::report::left_out;
use crate::toolchain::{Suite, Toolchain, word};

/// Checks all of it, and reports every failure.
pub(super) fn check(suite: Suite) -> Result<()> {
    let mut checks = Checks::default();
    checks.report("open", opens(browser(suite).args(["cache_lab", "--open"])));
    for yes in ["true", "yes", "1"] {
        let mut command = browser(suite);
        command.arg("quickstart").env("FETCH_RUNNER_OPEN", yes).env("FETCH_RUNNER_ISOLATE", "on");
        checks.report(&format!("open, by FETCH_RUNNER_OPEN={yes}"), opens(&mut command));
    }
    // A variable that says no is as good as none: the program runs in a browser.
    let mut command = browser(suite);
    command.args(["--package", PACKAGE, "--bin", PROGRAM, "--", "nothing"]);
    let result = ends(command.env("FETCH_RUNNER_OPEN", "0"), 0, GOES_ON);
    checks.report("not open, by FETCH_RUNNER_OPEN=0", result);
    // The commands of the README.
    let mut command = browser(suite);
    command.args(["--manifest-path", "template/Cargo.toml", "--serve", "template/assets"]);
    checks.report("the template", ends(command.current_dir(project::root()), 0, "#@  $  .#"));
    several(&mut checks, suite)?;
    checks.report("help", helps());
    let mut cargo = Toolchain::of(suite).exec("cargo");
    let built = run(cargo.args("build -r -p fetch-examples --example get".split(' ')));
    checks.report("toolchain", built);
    checks.finish()
}

/// The command that people type.
fn browser(suite: Suite) -> Command {
    let mut command = program(project::root().join("tests/browser/run"));
    command.args(["--suite", &word(suite)]);
    command
}

/// Programs that run in several engines with one command.
fn several(checks: &mut Checks, suite: Suite) -> Result<()> {
    let here: Vec<_> =
        Engine::BROWSERS.into_iter().filter(|&engine| engine::find(engine).is_ok()).collect();
    let [first, _, ..] = here[..] else {
        return left_out("one command for several browsers: there is one at most");
    };
    // The first one fails, with a status that is no signal's.
    let [name, word] = [first.name(), first.word()];
    let exits = |engine: &Engine| {
        let status = if *engine == first { 200 } else { 0 };
        format!("exits with {status} in {}", engine.word())
    };
    let mut texts: Vec<_> = here.iter().map(exits).collect();

    let mut command = browser(suite);
    command.args(["--browser", "all", "--package", PACKAGE, "--bin", PROGRAM]);
    let failed = format!("{PROGRAM} in {name} ended with status 200");
    let summary = format!("{} passed, 1 failed", here.len() - 1);
    let said = [&texts[..], &[failed, summary]].concat();
    let result = ends_and_says(command.args(["--", "exits", "200", word]), 1, &said);
    checks.report("several browsers, by --browser all", result);

    // As cargo calls the runner.
    let built = Browser {
        toolchain: Toolchain::of(suite),
        package: Some(PACKAGE.into()),
        bin: vec![PROGRAM.into()],
        ..Browser::default()
    };
    let programs = built.build()?;
    let program = programs.first().context("there is no program")?;
    let runner = |engines: &str, failing: &str| {
        let arguments = ["exits", "200", failing].map(Into::into).into();
        let mut command = Browser { arguments, ..Browser::default() }.command(program, first);
        command.env("FETCH_RUNNER_BROWSER", engines);
        command
    };
    texts.extend(here.iter().map(|engine| format!("── {}", engine.name())));
    texts.push(format!("{name} ended with status 200"));
    let result = ends_and_says(&mut runner("all", word), 200, &texts);
    checks.report("several browsers, by FETCH_RUNNER_BROWSER=all", result);

    // Node refuses the option; the other one runs.
    let mut command = runner(&format!("node,{word}"), "none");
    command.env("FETCH_RUNNER_DENY_STORAGE", "true");
    let refused = "--deny-storage needs Chromium or Firefox".to_owned();
    let ended = format!("Node ended with status {RUNNER_FAILED}");
    let texts = [refused, ended, format!("exits with 0 in {word}")];
    let result = ends_and_says(&mut command, RUNNER_FAILED, &texts);
    checks.report("several engines, one of which cannot begin", result);

    // A machine that has none of the browsers.
    let path = TempDir::new()?;
    for name in ["sh", "rm", "sleep", "node"] {
        let programs = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&programs).map(|folder| folder.join(name));
        let found = programs.find(|program| program.is_file());
        symlink(found.with_context(|| format!("no {name} on PATH"))?, path.path().join(name))?;
    }
    let missing = |engines: &str, ci: &str| {
        let mut command = runner(engines, "none");
        command.env("PATH", path.path()).env("CI", ci);
        command
    };
    let left_out = Engine::BROWSERS.map(|engine| format!("!! LEFT OUT: {}", engine.name()));
    let texts = [&left_out[..], &["exits with 0 in node".into()]].concat();
    let result = ends_and_says(&mut missing("all,node", "false"), 0, &texts);
    checks.report("browsers that are missing", result);
    let mut without = |name: &str, engines: &str, ci: &str, text: &str| {
        let result = ends(&mut missing(engines, ci), RUNNER_FAILED, text);
        checks.report(name, result);
    };
    let text = "CI=true, and a browser is missing: no Firefox";
    without("a browser that is missing in CI", "firefox,node", "true", text);
    without("the only browser is missing", "firefox", "false", "no Firefox on this machine");
    without("all browsers are missing", "all", "false", "none of these browsers");
    Ok(())
}

fn helps() -> Result<()> {
    let help = stdout(program(project::root().join("tests/browser/runner")).arg("--help"))?;
    ensure!(help.contains("FETCH_RUNNER_OPEN"), "it does not name FETCH_RUNNER_OPEN");
    Ok(())
}

/// It prints an address that serves the page; ctrl-c ends it.
fn opens(command: &mut Command) -> Result<()> {
    // A process group of its own, as a terminal gives it one.
    let mut child = command.process_group(0).stdout(Stdio::piped()).spawn()?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
    let mut address = String::new();
    let stdout = child.stdout.take().context("stdout is a pipe")?;
    let read = BufReader::new(stdout).read_line(&mut address);
    let page = read.map_err(Into::into).and_then(|_| page_at(address.trim()));
    kill_process_group(group, Signal::INT)?;
    let status = status_of(child.wait()?);
    let page = page?;
    let is_page = page.starts_with("HTTP/1.") && page.contains(" 200 ");
    ensure!(is_page && page.contains(r#"<script src="/fetch-runner.js">"#), "the page is {page:?}");
    ensure!(status == 130, "ctrl-c ended it with status {status}");
    Ok(())
}

fn page_at(address: &str) -> Result<String> {
    let host = address.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    let host = host.with_context(|| format!("the address is {address:?}"))?;
    let mut connection = TcpStream::connect(host)?;
    connection.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut page = String::new();
    connection.read_to_string(&mut page)?;
    Ok(page)
}

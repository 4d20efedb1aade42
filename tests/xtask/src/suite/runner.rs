//! Tests of the commands that run programs: their exit status, and `--open`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::browser::{runner, status_of};
use crate::command::{output, program, run, stdout};
use crate::project;
use crate::toolchain::{Suite, Toolchain, word};

/// How a program ends (see tests/browser/endings.rs), and the status to exit with: a handler fails
/// in one of the ways, and the program goes on.
const ENDINGS: &[(&str, u8)] = &[
    ("a-panic", 101),
    ("an-error", 101),
    ("both", 101),
    ("a-panic-in-progress", 101),
    ("a-panic-at-the-end", 101),
    ("a-panic-then-exit-0", 101),
    ("a-panic-then-exit-3", 3),
    ("an-expected-panic", 0),
    ("a-caught-panic", 0),
    ("a-frame-that-exits", 5),
];

/// Where panics abort the program, a returned error still does not end it.
const ENDINGS_WHERE_PANICS_ABORT: &[(&str, u8)] = &[("an-error", 101), ("nothing", 0)];

/// Checks all of it, and reports every failure.
pub(super) fn check(suite: Suite) -> Result<()> {
    let mut failed = Vec::new();
    let mut report = |name: String, result: Result<()>| match result {
        Ok(()) => println!("test runner::{name} ... ok"),
        Err(error) => {
            println!("test runner::{name} ... FAILED: {error:#}");
            failed.push(name);
        }
    };
    report("open".into(), opens(browser(suite).args(["leak_lab", "--open"])));
    for yes in ["true", "yes", "1"] {
        let mut command = browser(suite);
        command.arg("quickstart").env("FETCH_RUNNER_OPEN", yes).env("FETCH_RUNNER_ISOLATE", "on");
        report(format!("open, by FETCH_RUNNER_OPEN={yes}"), opens(&mut command));
    }
    // A variable that says no is as good as none: the program runs in a browser.
    let mut command = browser(suite);
    let ends = ends(command.env("FETCH_RUNNER_OPEN", "0"), "nothing", 0);
    report("not open, by FETCH_RUNNER_OPEN=0".into(), ends);
    report("help".into(), helps());
    let mut build = Toolchain::of(suite).exec("cargo");
    let built = run(build.args("build --release --example quickstart".split(' ')));
    report("toolchain".into(), built);
    for (ending, status) in ENDINGS {
        report((*ending).into(), self::ends(&mut browser(suite), ending, *status));
    }
    for (ending, status) in ENDINGS_WHERE_PANICS_ABORT {
        let mut command = browser(suite);
        command.args(["--panic", "abort"]);
        report(format!("{ending}, where panics abort"), self::ends(&mut command, ending, *status));
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// The command that people type.
fn browser(suite: Suite) -> Command {
    let mut command = program(project::root().join("tests/browser/run"));
    command.args(["--suite", &word(suite)]);
    command
}

fn helps() -> Result<()> {
    let help = stdout(program(runner()).arg("--help"))?;
    ensure!(help.contains("FETCH_RUNNER_OPEN"), "it does not name FETCH_RUNNER_OPEN");
    Ok(())
}

/// A handler fails in this way, the program goes on, and the command ends with this status.
fn ends(command: &mut Command, ending: &str, expected: u8) -> Result<()> {
    command.args(["--package", "fetch-tests", "--test", "browser-endings", "--", ending]);
    let output = output(command)?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let status = status_of(output.status);
    if status != expected || !said.contains("goes on after it") {
        bail!("status {status} in place of {expected}; it said:\n{said}");
    }
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

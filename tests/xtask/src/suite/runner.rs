//! Tests of the commands that people type: `--open`, the template, `--help`, and the toolchain.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

use super::checks::{Checks, GOES_ON, ends};
use super::endings::{PACKAGE, PROGRAM};
use crate::browser::status_of;
use crate::command::{program, run, stdout};
use crate::project;
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

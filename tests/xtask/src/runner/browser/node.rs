//! Runs a program under Node, which has no page: the runner's server is there for its requests.

use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use rustix::process::Signal;
use tokio::process::Command;

use super::{Browser, Process};
use crate::options::Options;
use crate::server::Server;

/// Runs the program as a script of its own, whose `Module` holds the settings. In the program's
/// scope, `ENV` is the environment that it sees.
const SCRIPT: &str = include_str!("../page/node.cjs");

pub(super) fn start(
    browser: &mut Browser,
    program: &Path,
    options: &Options,
    server: &Server,
) -> Result<()> {
    let script = browser.guard.folder().join("node.cjs");
    std::fs::write(&script, SCRIPT)?;
    let mut command = Command::new(program);
    command.arg(script).arg(options.program.canonicalize()?).args(&options.arguments);
    command.env("FETCH_RUNNER_SETTINGS", server.settings.to_string());
    command.stdin(Stdio::null());
    let process = Process::spawn(&mut command, Signal::KILL, &mut browser.guard)?;
    browser.processes.push(process);
    Ok(())
}

//! Runs a program under Node, which has no page: the runner's server is there for its requests.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tokio::process::Command;

use super::{Browser, Process};
use crate::connection::ToRunner;
use crate::options::Options;
use crate::server::Server;

/// Runs the program as a script of its own, whose `Module` holds the settings. In the program's
/// scope, `ENV` is the environment that it sees.
const SCRIPT: &str = include_str!("../page/node.cjs");

/// The file of the script's messages, beside the script.
const MESSAGES: &str = "messages";

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

/// The script's messages up to now, in their order.
pub(super) fn messages(folder: &Path) -> Result<Vec<ToRunner>> {
    let file = folder.join(MESSAGES);
    let text = match std::fs::read(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.with_context(|| file.display().to_string())?,
    };
    let text = String::from_utf8_lossy(&text);
    Ok(text.split_terminator('\0').map(ToRunner::parse).collect())
}

//! Starts WebKitGTK's MiniBrowser, on a virtual display.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::{Browser, Process};
use crate::options::Options;

const START_LIMIT: Duration = Duration::from_secs(30);

pub(super) async fn start(browser: &mut Browser, program: &Path, options: &Options) -> Result<()> {
    let display = start_display(browser, options).await?;
    let profile = browser.profile()?;
    let mut command = Command::new(program);
    command.arg(format!("--geometry={}", options.window));
    if options.private {
        command.arg("--private");
    }
    if options.file {
        command.arg("--allow-file-access-from-file-urls=true");
    }
    command
        .arg(&browser.url)
        .envs(browser.environment()?)
        .env("XDG_CACHE_HOME", profile.join("cache"))
        .env("XDG_CONFIG_HOME", profile.join("config"))
        .env("XDG_DATA_HOME", profile.join("data"))
        .env("DISPLAY", display)
        .env("GDK_BACKEND", "x11")
        .env("GIO_USE_VFS", "local")
        .env("GSETTINGS_BACKEND", "memory")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
    if rustix::process::geteuid().is_root() {
        command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"); // as root there is none
    }
    let process = Process::spawn(Process::quiet(&mut command), Signal::KILL, &mut browser.guard)?;
    browser.processes.push(process);
    Ok(())
}

/// Starts a virtual display with a free number, which Xvfb prints when it is ready.
async fn start_display(browser: &mut Browser, options: &Options) -> Result<String> {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"]);
    command.arg(format!("{}x24", options.window)).envs(browser.environment()?);
    Process::quiet(&mut command).stdout(Stdio::piped());
    // It deletes its socket and its lock.
    let mut process = Process::spawn(&mut command, Signal::TERM, &mut browser.guard)?;
    let stdout = process.stdout().context("stdout is a pipe")?;
    browser.processes.push(process);
    let mut number = String::new();
    let read = timeout(START_LIMIT, BufReader::new(stdout).read_line(&mut number)).await;
    let is_number = matches!(read, Ok(Ok(1..))) && number.trim().parse::<u32>().is_ok();
    ensure!(is_number, "Xvfb did not start. It said:\n{}", browser.last_words().trim_end());
    Ok(format!(":{}", number.trim()))
}

//! Starts WebKitGTK's MiniBrowser, on a virtual display.

use std::path::Path;

use anyhow::Result;
use rustix::process::Signal;
use tokio::process::Command;

use super::{Browser, Process};
use crate::options::Options;

pub(super) async fn start(browser: &mut Browser, program: &Path, options: &Options) -> Result<()> {
    let display = browser.start_display(options).await?;
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
        .current_dir(browser.folder("home")?)
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

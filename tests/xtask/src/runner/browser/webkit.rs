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
    let data = profile.join("data");
    let mut command = match options.disk {
        None => Command::new(program),
        Some(bytes) => on_a_disk(bytes, &data, program)?,
    };
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
        .env("XDG_DATA_HOME", data)
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

/// The program, which sees a disk of this size in this folder. It goes with the program's
/// processes.
fn on_a_disk(bytes: u64, folder: &Path, program: &Path) -> Result<Command> {
    const SCRIPT: &str = r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && shift 2 && exec "$@""#;
    std::fs::create_dir_all(folder)?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT, "fetch-runner-disk"]);
    command.arg(bytes.to_string()).arg(folder).arg(program);
    Ok(command)
}

//! Starts Chromium.

use std::path::Path;

use anyhow::Result;
use rustix::process::Signal;
use tokio::process::Command;

use super::{Browser, Process, devtools};
use crate::options::Options;

const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-port=0",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    // A page that is hidden has a timer a second at first, and soon one a minute.
    "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/10",
];

/// "Block all cookies", which means all storage.
const DENY_STORAGE: &str = r#"{"profile":{"default_content_setting_values":{"cookies":2}}}"#;

pub(super) fn start(browser: &mut Browser, program: &Path, options: &Options) -> Result<()> {
    let profile = browser.profile()?;
    // Of the run before: where its DevTools listened.
    let _ = std::fs::remove_file(profile.join(devtools::ADDRESS));
    let mut command = Command::new(program);
    command.args(FLAGS).arg(format!("--window-size={}", options.window.replace('x', ",")));
    if options.private {
        command.arg("--incognito");
    }
    if options.deny_storage {
        let settings = profile.join("Default");
        std::fs::create_dir_all(&settings)?;
        std::fs::write(settings.join("Preferences"), DENY_STORAGE)?;
    }
    if options.file {
        command.arg("--allow-file-access-from-files");
    }
    if rustix::process::geteuid().is_root() {
        command.arg("--no-sandbox"); // Chromium refuses to start a sandbox as root
    }
    command
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(&browser.url)
        .current_dir(browser.folder("home")?)
        .envs(browser.environment()?);
    let process = Process::spawn(Process::quiet(&mut command), Signal::KILL, &mut browser.guard)?;
    browser.processes.push(process);
    Ok(())
}

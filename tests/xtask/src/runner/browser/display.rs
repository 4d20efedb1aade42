//! A virtual display, for a browser that needs one.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::{Browser, Process, picture};
use crate::options::Options;

const START_LIMIT: Duration = Duration::from_secs(30);
/// A frame that the page has drawn is on the display by then.
const SHOWN: Duration = Duration::from_millis(500);

/// A running Xvfb.
pub(super) struct Display {
    /// What a program finds in `DISPLAY`.
    pub(super) name: String,
    /// The file in which Xvfb keeps what it shows.
    screen: PathBuf,
}

impl Display {
    /// Starts Xvfb with a free number, which it prints when it is ready.
    pub(super) async fn start(browser: &mut Browser, options: &Options) -> Result<Self> {
        let folder = browser.folder("display")?;
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-nocursor", "-fbdir"]).arg(&folder);
        command.args(["-screen", "0", &format!("{}x24", options.window)]);
        command.current_dir(browser.folder("home")?).envs(browser.environment()?);
        Process::quiet(&mut command).stdout(Stdio::piped());
        // It deletes its socket and its lock.
        let mut process = Process::spawn(&mut command, Signal::TERM, &mut browser.guard)?;
        let stdout = process.stdout().context("stdout is a pipe")?;
        browser.processes.push(process);
        let mut number = String::new();
        let read = timeout(START_LIMIT, BufReader::new(stdout).read_line(&mut number)).await;
        let is_number = matches!(read, Ok(Ok(1..))) && number.trim().parse::<u32>().is_ok();
        ensure!(is_number, "Xvfb did not start. It said:\n{}", browser.last_words().trim_end());
        Ok(Self { name: format!(":{}", number.trim()), screen: folder.join("Xvfb_screen0") })
    }

    /// Writes a PNG of all that it shows.
    pub(super) async fn screenshot(&self, file: &Path) -> Result<()> {
        sleep(SHOWN).await;
        let dump = std::fs::read(&self.screen).context("Xvfb has no screen")?;
        std::fs::write(file, picture::png_of_xwd(&dump)?)
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

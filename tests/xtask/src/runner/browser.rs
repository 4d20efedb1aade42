//! The runner's own Chromium process, which ends with the runner.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use chromiumoxide::cdp::browser_protocol::page::CaptureScreenshotFormat;
use chromiumoxide::detection::{DetectionOptions, default_executable};
use chromiumoxide::error::CdpError;
use chromiumoxide::handler::HandlerConfig;
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Handler, Page};
use futures_util::StreamExt;
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::options::Options;

const START_LIMIT: Duration = Duration::from_secs(60);

const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-port=0",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-renderer-backgrounding",
    "--disable-sync",
];

/// A running browser with one empty page. Dropping it kills the process and deletes its folder.
pub(crate) struct Browser {
    page: Page,
    gone: watch::Receiver<bool>,
    // In this order: the connection and the process end before the folder goes.
    _connection: chromiumoxide::Browser,
    _process: Process,
    _folder: TempDir,
}

impl Browser {
    pub(crate) async fn start(options: &Options) -> Result<Self> {
        let folder = TempDir::with_prefix("fetch-runner-")?;
        let mut process = Process::spawn(&executable(options)?, folder.path(), options)?;
        let start = async {
            let address = process.debugging_address().await?;
            let config = HandlerConfig { viewport: None, ..HandlerConfig::default() };
            let (connection, handler) =
                chromiumoxide::Browser::connect_with_config(address, config).await?;
            let gone = drive(handler);
            let page = connection.new_page("about:blank").await?;
            anyhow::Ok((connection, page, gone))
        };
        let (connection, page, gone) =
            timeout(START_LIMIT, start).await.context("Chromium did not start in time")??;
        Ok(Self { page, gone, _connection: connection, _process: process, _folder: folder })
    }

    pub(crate) fn page(&self) -> &Page {
        &self.page
    }

    /// Becomes true when the connection to the browser has ended.
    pub(crate) fn gone(&self) -> watch::Receiver<bool> {
        self.gone.clone()
    }

    pub(crate) async fn screenshot(&self, file: &Path) -> Result<()> {
        let params = ScreenshotParams::builder().format(CaptureScreenshotFormat::Png).build();
        self.page.save_screenshot(params, file).await.context("no screenshot could be taken")?;
        Ok(())
    }
}

/// The library does its work where its handler is polled. A message that it cannot read (a newer
/// browser's) is no matter.
fn drive(mut handler: Handler) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        while let Some(event) = handler.next().await {
            if matches!(event, Err(CdpError::Ws(_) | CdpError::Io(_))) {
                break;
            }
        }
        sender.send_replace(true);
    });
    receiver
}

fn executable(options: &Options) -> Result<PathBuf> {
    match &options.browser {
        Some(file) => Ok(file.clone()),
        None => default_executable(DetectionOptions::default()).map_err(|_| {
            anyhow!(
                "no Chromium or Chrome on PATH (Debian: apt-get install -y chromium), \
                 nor in FETCH_RUNNER_BROWSER"
            )
        }),
    }
}

/// Chromium and its children: a process group of their own.
struct Process {
    child: Child,
    stderr: Option<BufReader<ChildStderr>>,
}

impl Process {
    fn spawn(executable: &Path, folder: &Path, options: &Options) -> Result<Self> {
        // setpriv (util-linux) has the kernel kill Chromium even if this process is itself killed
        // with no warning.
        let mut command =
            match Command::new("setpriv").arg("--version").stdout(Stdio::null()).spawn() {
                Ok(_) => {
                    let mut command = Command::new("setpriv");
                    command.args(["--pdeathsig", "KILL", "--"]).arg(executable);
                    command
                }
                Err(_) => Command::new(executable),
            };
        command.args(FLAGS).arg(format!("--window-size={}", options.window.replace('x', ",")));
        if options.file {
            command.arg("--allow-file-access-from-files");
        }
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox"); // Chromium refuses to start a sandbox as root
        }
        let mut child = command
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank")
            .env("HOME", folder) // its libraries' files are deleted with the folder
            .env("XDG_CACHE_HOME", folder)
            .env("XDG_CONFIG_HOME", folder)
            .process_group(0) // so that ctrl-c reaches this process alone
            .kill_on_drop(true)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", executable.display()))?;
        let stderr = child.stderr.take().map(BufReader::new);
        Ok(Self { child, stderr })
    }

    /// Reads the address where Chromium listens from its stderr. If Chromium cannot start, stderr
    /// says why.
    async fn debugging_address(&mut self) -> Result<String> {
        let mut stderr = self.stderr.take().context("Chromium was asked before")?;
        let mut said = String::new();
        loop {
            let start = said.len();
            if stderr.read_line(&mut said).await? == 0 {
                bail!("Chromium ended at once. It said:\n{}", said.trim_end());
            }
            if let Some(address) = said[start..].trim().strip_prefix("DevTools listening on ") {
                // Chromium goes on writing there, and a full pipe would stop it.
                tokio::spawn(
                    async move { tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await },
                );
                return Ok(address.to_owned());
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The number is this process's own as long as nothing has waited for it.
        if let Some(group) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        while matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

//! Starts Chromium, and asks it by the DevTools protocol for what only that can do.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chromiumoxide::Page;
use chromiumoxide::cdp::browser_protocol::page::CaptureScreenshotFormat;
use chromiumoxide::cdp::browser_protocol::storage::OverrideQuotaForOriginParams;
use chromiumoxide::handler::HandlerConfig;
use chromiumoxide::page::ScreenshotParams;
use futures_util::StreamExt;
use rustix::process::Signal;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::{Browser, Process};
use crate::options::Options;

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

/// The file in which Chromium writes where its DevTools listen.
const DEVTOOLS: &str = "DevToolsActivePort";

/// "Block all cookies", which means all storage.
const DENY_STORAGE: &str = r#"{"profile":{"default_content_setting_values":{"cookies":2}}}"#;

pub(super) fn start(browser: &mut Browser, program: &Path, options: &Options) -> Result<()> {
    let profile = browser.profile()?;
    // Of the run before: where its DevTools listened.
    let _ = std::fs::remove_file(profile.join(DEVTOOLS));
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

/// A connection to a Chromium that shows a page.
pub(super) struct DevTools {
    page: Page,
    _connection: chromiumoxide::Browser,
}

impl DevTools {
    /// Connects to the Chromium with this folder, to its page of this URL.
    pub(super) async fn connect(folder: &Path, url: &str) -> Result<Self> {
        let connect = async {
            let address = address(folder).await;
            let config = HandlerConfig { viewport: None, ..HandlerConfig::default() };
            let (mut connection, mut handler) =
                chromiumoxide::Browser::connect_with_config(address, config).await?;
            // The library does its work where its handler is polled.
            tokio::spawn(async move { while handler.next().await.is_some() {} });
            connection.fetch_targets().await?;
            loop {
                for page in connection.pages().await? {
                    // A page may go while it is asked.
                    if page.url().await.is_ok_and(|found| found.as_deref() == Some(url)) {
                        return anyhow::Ok(Self { page, _connection: connection });
                    }
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        let connected = timeout(Duration::from_secs(30), connect).await;
        connected
            .unwrap_or_else(|_| bail!("no answer"))
            .context("Chromium's DevTools cannot be reached")
    }

    pub(super) async fn set_quota(&self, url: &str, bytes: u64) -> Result<()> {
        #[expect(clippy::cast_precision_loss, reason = "JSON has no other numbers")]
        let params = OverrideQuotaForOriginParams::builder()
            .origin(url.trim_end_matches('/'))
            .quota_size(bytes as f64);
        self.page.execute(params.build().map_err(anyhow::Error::msg)?).await?;
        Ok(())
    }

    pub(super) async fn screenshot(&self, file: &Path) -> Result<()> {
        let params = ScreenshotParams::builder().format(CaptureScreenshotFormat::Png).build();
        self.page.save_screenshot(params, file).await.context("no screenshot could be taken")?;
        Ok(())
    }
}

/// Chromium writes where it listens into its folder.
async fn address(folder: &Path) -> String {
    loop {
        let text = std::fs::read_to_string(folder.join(DEVTOOLS)).unwrap_or_default();
        if let Some((port, path)) = text.trim_end().split_once('\n') {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        sleep(Duration::from_millis(20)).await;
    }
}

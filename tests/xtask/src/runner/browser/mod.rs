//! A browser that has one task: to open a URL.

mod chromium;
mod devtools;
mod display;
mod firefox;
mod node;
mod picture;
mod process;
mod storage;
mod webkit;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use rustix::process::{Signal, kill_process};

use self::devtools::DevTools;
use self::display::Display;
use self::process::Process;
use crate::connection::ToRunner;
use crate::engine::{self, Engine};
use crate::guard::Guard;
use crate::options::Options;
use crate::profile;
use crate::server::Server;

/// A running browser. Dropping it ends its processes and deletes its folder.
pub(crate) struct Browser {
    engine: Engine,
    program: PathBuf,
    url: String,
    /// The profile that is kept.
    profile: Option<PathBuf>,
    devtools: Option<DevTools>,
    display: Option<Display>,
    /// The browser itself is the last one.
    processes: Vec<Process>,
    guard: Guard,
}

impl Browser {
    /// Starts a browser that opens the server's page, or Node, which runs the program. Its files
    /// are in the guard's folder.
    pub(crate) async fn start(
        engine: Engine,
        options: &Options,
        server: &Server,
        guard: Guard,
    ) -> Result<Self> {
        refuse_ignored(engine, options)?;
        let program = match &options.browser_path {
            Some(program) => program.clone(),
            None => engine::find(engine)?,
        };
        // A path of several parts begins in this folder, which is not the browser's.
        let program = match program.components().count() {
            1 => program,
            _ => std::path::absolute(program)?,
        };
        let mut browser = Self {
            engine,
            program: PathBuf::new(),
            url: server.url.clone(),
            profile: kept(options, engine)?,
            devtools: None,
            display: None,
            processes: Vec::new(),
            guard,
        };
        match engine {
            Engine::Node => node::start(&mut browser, &program, options, server)?,
            _ => browser.open(&program, options).await?,
        }
        browser.program = program;
        Ok(browser)
    }

    async fn open(&mut self, program: &Path, options: &Options) -> Result<()> {
        match self.engine {
            Engine::Chromium => chromium::start(self, program, options),
            Engine::Firefox => firefox::start(self, program, options).await,
            Engine::WebKit => webkit::start(self, program, options).await,
            Engine::Node | Engine::Native => bail!("{} opens no page", self.engine.name()),
        }
    }

    /// Kills all its processes, and starts it again with the same profile.
    pub(crate) async fn kill_and_start(&mut self, options: &Options) -> Result<()> {
        self.devtools = None;
        self.display = None;
        for mut process in self.processes.drain(..).rev() {
            process.kill();
        }
        self.guard.forget()?;
        let program = self.program.clone();
        self.open(&program, options).await
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Resolves when the browser has ended, to its status and its last words.
    pub(crate) async fn ended(&mut self) -> Ended {
        match self.processes.last_mut() {
            Some(process) => process.ended().await,
            None => std::future::pending().await,
        }
    }

    /// The messages of the script under Node, which has no page to send them.
    pub(crate) fn messages(&self) -> Result<Vec<ToRunner>> {
        node::messages(self.guard.folder())
    }

    /// The end of what its processes have written to stderr.
    pub(crate) fn last_words(&self) -> String {
        self.processes.iter().map(Process::last_words).collect()
    }

    /// Limits the storage of the page's origin.
    pub(crate) async fn set_quota(&mut self, bytes: u64) -> Result<()> {
        match self.engine {
            Engine::Chromium => {
                let url = self.url.clone();
                if self.devtools().await?.set_quota(&url, bytes).await.is_ok() {
                    return Ok(());
                }
                // A page that has just been opened may get another process, and another session
                // with it.
                self.devtools = None;
                self.devtools().await?.set_quota(&url, bytes).await
            }
            engine => bail!("{} cannot change a quota in flight", engine.name()),
        }
    }

    /// Takes the page away for this long: it is `stopped` or `hidden`.
    pub(crate) async fn take_away(&mut self, how: &str, time: Duration) -> Result<()> {
        match (how, self.engine) {
            ("stopped", _) => self.stop(time).await,
            ("hidden", Engine::Chromium) => self.devtools().await?.hide(time).await,
            (_, engine) => bail!("{} has no page that is {how:?}", engine.name()),
        }
    }

    /// Stops the processes of the page for this long. The network goes on.
    async fn stop(&self, time: Duration) -> Result<()> {
        let pages = self.processes.last().map(Process::pages).transpose()?.unwrap_or_default();
        ensure!(!pages.is_empty(), "{} has no process for its page", self.engine.name());
        for &page in &pages {
            kill_process(page, Signal::STOP)?;
        }
        tokio::time::sleep(time).await;
        for page in pages {
            kill_process(page, Signal::CONT)?;
        }
        Ok(())
    }

    /// The folders in which the browser keeps data of the server's pages.
    pub(crate) fn data_of_pages(&self) -> Result<Vec<PathBuf>> {
        storage::folders(self.guard.folder(), "127.0.0.1")
    }

    /// Writes a PNG: of the page in Chromium, else of the display.
    pub(crate) async fn screenshot(&mut self, file: &Path) -> Result<()> {
        match &self.display {
            Some(display) => display.screenshot(file).await,
            None => self.devtools().await?.screenshot(file).await,
        }
    }

    /// Starts a virtual display for the browser, and returns its name.
    async fn start_display(&mut self, options: &Options) -> Result<String> {
        let display = Display::start(self, options).await?;
        Ok(self.display.insert(display).name.clone())
    }

    async fn devtools(&mut self) -> Result<&mut DevTools> {
        let devtools = match self.devtools.take() {
            Some(devtools) => devtools,
            None => DevTools::connect(&self.profile()?, &self.url).await?,
        };
        Ok(self.devtools.insert(devtools))
    }

    /// The folder of the browser's own data.
    fn profile(&self) -> Result<PathBuf> {
        match &self.profile {
            Some(folder) => Ok(folder.clone()),
            None => self.folder("profile"),
        }
    }

    /// A folder that goes with the browser.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.guard.folder().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The environment of all its processes, which begin in the folder `home`: their files are
    /// deleted with the guard's folder, and they know of no desktop.
    fn environment(&self) -> Result<Vec<(&'static str, PathBuf)>> {
        Ok(vec![
            ("HOME", self.folder("home")?),
            ("TMPDIR", self.folder("tmp")?),
            ("XDG_CACHE_HOME", self.folder("home/cache")?),
            ("XDG_CONFIG_HOME", self.folder("home/config")?),
            ("XDG_DATA_HOME", self.folder("home/data")?),
            ("XDG_RUNTIME_DIR", self.folder("home/run")?),
            ("DBUS_SESSION_BUS_ADDRESS", "disabled:".into()),
            ("NO_AT_BRIDGE", "1".into()),
        ])
    }
}

/// Refuses the options that this engine would ignore.
fn refuse_ignored(engine: Engine, options: &Options) -> Result<()> {
    let has_settings = matches!(engine, Engine::Chromium | Engine::Firefox);
    ensure!(has_settings || !options.deny_storage, "--deny-storage needs Chromium or Firefox");
    ensure!(has_settings || options.quota.is_none(), "--quota needs Chromium or Firefox");
    ensure!(engine == Engine::WebKit || options.disk.is_none(), "--disk needs WebKit");
    let is_browser = engine != Engine::Node;
    ensure!(is_browser || options.screenshot.is_none(), "--screenshot needs a browser");
    Ok(())
}

/// The folder that keeps the engine's data, if one is to.
fn kept(options: &Options, engine: Engine) -> Result<Option<PathBuf>> {
    let Some(profile) = &options.profile else { return Ok(None) };
    ensure!(engine != Engine::Node, "--profile needs a browser");
    ensure!(!options.private, "--private keeps no profile");
    let folder = profile::folder(profile, Some(engine))?.join("profile");
    std::fs::create_dir_all(&folder)?;
    Ok(Some(folder))
}

impl Drop for Browser {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            process.end();
        }
    }
}

/// The end of a browser's process.
pub(crate) struct Ended {
    pub(crate) status: std::process::ExitStatus,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn no_option_is_ignored() {
        let refused = |words: &[&str]| {
            let options = [&["runner"], words, &["program.js"]].concat();
            let options = Options::parse_from(options);
            let all = [&Engine::BROWSERS[..], &[Engine::Node]].concat();
            all.into_iter()
                .filter(|&engine| refuse_ignored(engine, &options).is_err())
                .collect::<Vec<_>>()
        };
        assert_eq!(refused(&[]), []);
        assert_eq!(refused(&["--quota", "1048576"]), [Engine::WebKit, Engine::Node]);
        assert_eq!(refused(&["--deny-storage"]), [Engine::WebKit, Engine::Node]);
        let others = [Engine::Chromium, Engine::Firefox, Engine::Node];
        assert_eq!(refused(&["--disk", "4194304"]), others);
        assert_eq!(refused(&["--screenshot", "page.png"]), [Engine::Node]);
    }
}

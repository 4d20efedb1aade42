//! The options, from the command line and the environment.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::Parser;

use crate::engine::Engines;
use crate::proxy::Proxy;

/// Runs an Emscripten program in a browser without a window: serves its page on 127.0.0.1, passes
/// its output through and exits with its status (101 after a panic in main, or if the status is 0
/// and a handler panicked or returned an error; 134 after a trap, an abort, an uncaught JavaScript
/// error, an unhandled rejection or a crash; 124 at the limit; 125 where the runner itself failed).
/// Variables named FETCH_* and RUST_* reach it.
#[derive(Debug, Parser)]
#[command(name = "fetch-browser-runner", version)]
pub(crate) struct Options {
    /// chromium, firefox or webkit; `all` for one after the other, or a list with commas; `node`
    /// runs the program under Node
    #[arg(long, value_name = "NAME", env = "FETCH_RUNNER_BROWSER", default_value = "chromium")]
    pub(crate) browser: Engines,

    /// The browser's program, where it is not found by itself
    #[arg(long, value_name = "FILE", env = "FETCH_RUNNER_BROWSER_PATH")]
    pub(crate) browser_path: Option<PathBuf>,

    /// Seconds until the program is ended; 0 means never
    #[arg(long, value_name = "SECONDS", env = "FETCH_RUNNER_TIMEOUT", default_value_t = 120.0)]
    timeout: f64,

    /// Serve the page for a person: print its address, start no browser, stay until ctrl-c
    #[arg(long, env = "FETCH_RUNNER_OPEN", value_parser = boolean)]
    pub(crate) open: bool,

    /// The port to serve on; 0 takes a free one
    #[arg(long, env = "FETCH_RUNNER_PORT", default_value_t = 0)]
    pub(crate) port: u16,

    /// Serve the files of this folder to the program. Without this and --proxy, it gets the
    /// project's test server
    #[arg(long, value_name = "DIR", env = "FETCH_RUNNER_SERVE", value_parser = folder)]
    pub(crate) serve: Option<PathBuf>,

    /// Forward requests whose path begins so to another server, which gets the rest of the path:
    /// /api=http://127.0.0.1:3000/v1; repeatable, the variable with spaces between them
    #[arg(long, value_name = "PATH=URL", env = "FETCH_RUNNER_PROXY", value_delimiter = ' ')]
    pub(crate) proxy: Vec<Proxy>,

    /// Keep the browser's profile in this folder, and the port with it: the next run finds the
    /// cache of this one. Without this, each run begins with an empty profile
    #[arg(long, value_name = "DIR", env = "FETCH_RUNNER_PROFILE")]
    pub(crate) profile: Option<PathBuf>,

    /// A page to use in place of the plain one: without this, NAME.html in the package or its
    /// examples folder, if there is one. `<script src="/fetch-runner.js"></script>` in it starts
    /// the program; the files beside it are served, too
    #[arg(long, value_name = "FILE", env = "FETCH_RUNNER_PAGE")]
    page: Option<PathBuf>,

    /// Serve with the headers of cross-origin isolation, as threads need it
    #[arg(long, env = "FETCH_RUNNER_ISOLATE", value_parser = boolean)]
    pub(crate) isolate: bool,

    /// Run the program in a dedicated worker of the page
    #[arg(long, env = "FETCH_RUNNER_WORKER", value_parser = boolean)]
    pub(crate) worker: bool,

    /// Open the page from a `file:` URL, and let it read other files
    #[arg(long, env = "FETCH_RUNNER_FILE", value_parser = boolean)]
    pub(crate) file: bool,

    /// Serve the page and its program with this Content-Security-Policy. With `sandbox`, the page
    /// has an opaque origin
    #[arg(long, value_name = "POLICY", env = "FETCH_RUNNER_CSP")]
    pub(crate) csp: Option<HeaderValue>,

    /// Open the page in a private window
    #[arg(long, env = "FETCH_RUNNER_PRIVATE", value_parser = boolean)]
    pub(crate) private: bool,

    /// Start the browser with the setting that denies storage to all sites (Chromium, Firefox)
    #[arg(long, env = "FETCH_RUNNER_DENY_STORAGE", value_parser = boolean)]
    pub(crate) deny_storage: bool,

    /// Run on a machine without a network: nothing but the loopback interface is there
    #[arg(long, env = "FETCH_RUNNER_OFFLINE", value_parser = boolean)]
    pub(crate) offline: bool,

    /// How many bytes the page's origin may store, in place of the browser's own limit (Chromium,
    /// Firefox); in Chromium, `fetchRunner.setQuota(bytes)` in the page changes it
    #[arg(long, value_name = "BYTES", env = "FETCH_RUNNER_QUOTA")]
    pub(crate) quota: Option<u64>,

    /// Put the browser's data on a disk of this size (WebKit; needs root), which is full when its
    /// bytes are used up
    #[arg(long, value_name = "BYTES", env = "FETCH_RUNNER_DISK")]
    pub(crate) disk: Option<u64>,

    /// Show the page on a virtual display, by Xvfb: Firefox has no WebGL without one. Chromium
    /// needs none, and WebKit always has one
    #[arg(long, env = "FETCH_RUNNER_DISPLAY", value_parser = boolean)]
    pub(crate) display: bool,

    /// Write a picture (PNG) at the end: of the page in Chromium, else of a virtual display
    #[arg(long, value_name = "FILE", env = "FETCH_RUNNER_SCREENSHOT")]
    pub(crate) screenshot: Option<PathBuf>,

    /// The window's size
    #[arg(
        long,
        value_name = "WIDTHxHEIGHT",
        env = "FETCH_RUNNER_WINDOW",
        default_value = "1280x800"
    )]
    pub(crate) window: String,

    /// The program: the .js file that Emscripten made
    pub(crate) program: PathBuf,

    /// Its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}

/// A folder that exists.
fn folder(text: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(text);
    if folder.is_dir() { Ok(folder) } else { Err("there is no such folder".into()) }
}

/// The value of a variable that stands for a flag. An empty one counts as unset.
fn boolean(text: &str) -> Result<bool, &'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "on" | "t" => Ok(true),
        "" | "0" | "false" | "no" | "n" | "off" | "f" => Ok(false),
        _ => Err("it is yes or no: 1, true, yes, on, or 0, false, no, off"),
    }
}

impl Options {
    pub(crate) fn page(&self) -> Option<PathBuf> {
        let beside_the_source = || {
            let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
            let name = PathBuf::from(self.program.file_name()?).with_extension("html");
            [package.join(&name), package.join("examples").join(&name)]
                .into_iter()
                .find(|page| page.is_file())
        };
        self.page.clone().or_else(beside_the_source)
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.timeout).ok().filter(|limit| !limit.is_zero())
    }
}

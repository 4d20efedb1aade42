//! How programs end in an engine, whether by themselves or with their browser, and what is left
//! behind.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::checks::{Checks, GOES_ON, Process, ends, group, leaves_nothing, processes};
use super::sets::WORKER;
use super::{screenshot, storage};
use crate::artifacts::Program;
use crate::browser::{Browser, status_of};
use crate::engine::{Engine, Engines};
use crate::project;
use crate::toolchain::Panic;

/// The program of tests/browser/endings, and its package.
pub(super) const PROGRAM: &str = "endings";
pub(super) const PACKAGE: &str = "fetch-endings";

/// How a program ends (see tests/browser/endings), the status to exit with, and a text that the
/// command prints: a handler fails in one of the ways, and the program goes on.
const ENDINGS: &[(&str, u8, &str)] = &[
    ("a-panic", 101, GOES_ON),
    ("an-error", 101, GOES_ON),
    ("both", 101, GOES_ON),
    ("a-panic-in-progress", 101, GOES_ON),
    ("a-panic-at-the-end", 101, GOES_ON),
    ("a-panic-then-exit-0", 101, GOES_ON),
    ("a-panic-then-exit-3", 3, GOES_ON),
    ("an-expected-panic", 0, GOES_ON),
    ("a-caught-panic", 0, GOES_ON),
    ("a-frame-that-exits", 5, GOES_ON),
    ("an-exit-in-flight", 0, "exits"),
    ("an-exit-in-javascript", 5, "exits"),
    ("an-uncaught-error", CRASHED, "Error: on purpose"),
    ("a-rejection", CRASHED, "Uncaught (in promise) Error: on purpose"),
    ("a-rejection-then-exit-0", CRASHED, "Uncaught (in promise) Error: on purpose"),
    ("an-abort", CRASHED, "Aborted("),
    ("a-page-that-leaves", CRASHED, "the page went away"),
    ("a-loop", LIMIT_REACHED, "main has not returned"),
    ("a-panic-in-main", 101, "on purpose"),
];

/// Those of them that need a page: Node has no events of errors, and no other page to go to.
const NEED_A_PAGE: [&str; 2] = ["an-expected-panic", "a-page-that-leaves"];

/// The runner has heard of `main`'s return. In browsers, it would take half a minute.
const MORE_IN_NODE: &[(&str, u8, &str)] =
    &[("a-request-that-hangs", LIMIT_REACHED, "main has returned")];

/// Where panics abort the program, a returned error still does not end it.
const ENDINGS_WHERE_PANICS_ABORT: &[(&str, u8, &str)] =
    &[("an-error", 101, GOES_ON), ("nothing", 0, GOES_ON)];

/// In a worker, other code of the runner's page sees the end.
const ENDINGS_IN_A_WORKER: &[(&str, u8, &str)] = &[
    ("a-panic", 101, GOES_ON),
    ("a-panic-then-exit-3", 3, GOES_ON),
    ("an-uncaught-error", CRASHED, "Error: on purpose"),
    ("a-rejection-then-exit-0", CRASHED, "Uncaught (in promise) Error: on purpose"),
    ("an-abort", CRASHED, "Aborted("),
    ("a-page-that-leaves", CRASHED, "the page went away"),
];

const CRASHED: u8 = 134;
const LIMIT_REACHED: u8 = 124;
pub(super) const RUNNER_FAILED: u8 = 125;

/// Checks of a program that is built.
#[derive(Args)]
pub(crate) struct Endings {
    /// The program's JavaScript file
    program: PathBuf,

    /// Panics abort the program
    #[arg(long)]
    aborts: bool,

    /// The program runs in a dedicated worker
    #[arg(long)]
    worker: bool,

    /// No request starts, and the error has this text
    #[arg(long, value_name = "TEXT")]
    refused: Option<String>,

    /// The browsers
    #[arg(long, value_name = "NAME", default_value = "chromium")]
    browser: Engines,
}

/// The command that makes the checks.
pub(super) fn command(browser: &Browser, program: &Program, engine: Engine) -> Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("endings").arg(&program.executable).args(["--browser", engine.word()]);
    if browser.toolchain.panic == Panic::Abort {
        command.arg("--aborts");
    }
    if browser.worker {
        command.arg("--worker");
    }
    if let Some(text) = missing(browser).filter(|_| engine == Engine::Node) {
        command.args(["--refused", text]);
    }
    Ok(command)
}

/// The parts that the program lacks under Node, as the error names them.
fn missing(browser: &Browser) -> Option<&'static str> {
    let streams = browser.environment.iter().any(|(name, _)| *name == "FETCH_TEST_STREAMING");
    match (browser.features.is_empty(), streams) {
        (true, _) => Some("enable the feature `node`, and link with -sFETCH_STREAMING"),
        (false, false) => Some("the host has no XMLHttpRequest: link with -sFETCH_STREAMING"),
        (false, true) => None,
    }
}

impl Endings {
    /// Makes the checks, and reports every failure.
    pub(crate) fn run(&self) -> Result<()> {
        let program = Program {
            name: PROGRAM.to_owned(),
            kind: "bin".to_owned(),
            package: project::root().join("tests/browser/endings"),
            executable: self.program.clone(),
        };
        let mut checks = Checks::default();
        for &engine in &self.browser.0 {
            if self.aborts {
                endings(&mut checks, &program, engine, ENDINGS_WHERE_PANICS_ABORT);
                continue;
            }
            if self.worker {
                in_a_worker(&mut checks, &program, engine);
                continue;
            }
            if let Some(text) = &self.refused {
                let result = ends(&mut start(&program, engine, "nothing"), 101, text);
                checks.report(&format!("{}: a part is missing", engine.word()), result);
                continue;
            }
            if engine == Engine::Node {
                in_node(&mut checks, &program)?;
                continue;
            }
            endings(&mut checks, &program, engine, ENDINGS);
            failures(&mut checks, &program, engine);
            let name = format!("{}: files of one's own", engine.word());
            checks.report(&name, serves(&program, engine));
            let name = format!("{}: a record", engine.word());
            checks.report(&name, stores(start(&program, engine, "stores")));
            let name = format!("{}: a screenshot", engine.word());
            let shows = screenshot::shows_the_page(start(&program, engine, "paints"), engine);
            checks.report(&name, shows);
        }
        checks.finish()
    }
}

/// The same without a page.
fn in_node(checks: &mut Checks, program: &Program) -> Result<()> {
    let engine = Engine::Node;
    for name in NEED_A_PAGE {
        ensure!(ENDINGS.iter().any(|(ending, ..)| *ending == name), "there is no ending {name}");
    }
    let without_a_page = ENDINGS.iter().filter(|(ending, ..)| !NEED_A_PAGE.contains(ending));
    let all: Vec<_> = without_a_page.chain(MORE_IN_NODE).copied().collect();
    endings(checks, program, engine, &all);
    ended_runners(checks, program, engine);
    let result = crashes(start(program, engine, "a-loop"), Kill::Browser);
    checks.report(&format!("{}: a Node process that crashes", engine.word()), result);
    Ok(())
}

/// The program ends by itself.
fn endings(checks: &mut Checks, program: &Program, engine: Engine, all: &[(&str, u8, &str)]) {
    for &(ending, status, text) in all {
        let mut command = start(program, engine, ending);
        // A browser has to start within the limit, on a busy machine, too.
        let seconds = match (status, engine) {
            (LIMIT_REACHED, Engine::Node) => "10",
            (LIMIT_REACHED, _) => "30",
            _ => "60",
        };
        let ends = ends(command.env("FETCH_RUNNER_TIMEOUT", seconds), status, text);
        checks.report(&format!("{}: {ending}", engine.word()), ends);
    }
}

/// The program ends in a worker of the page, by itself or with the page.
fn in_a_worker(checks: &mut Checks, program: &Program, engine: Engine) {
    let (name, value) = WORKER;
    let name_of = |what: &str| format!("{}, in a worker: {what}", engine.word());
    for &(ending, status, text) in ENDINGS_IN_A_WORKER {
        let mut command = start(program, engine, ending);
        command.env(name, value).env("FETCH_RUNNER_TIMEOUT", "60");
        checks.report(&name_of(ending), ends(&mut command, status, text));
    }
    let mut command = start(program, engine, "nothing");
    command.env(name, value).env("FETCH_RUNNER_CSP", "worker-src 'none'");
    let result = ends(&mut command, CRASHED, "the worker cannot be loaded");
    checks.report(&name_of("a page that has no workers"), result);
    let mut command = start(program, engine, "a-loop");
    command.env(name, value);
    checks.report(&name_of("a page that crashes"), crashes(command, Kill::Page));
}

/// The runner or its browser ends first, or the browser never begins.
fn failures(checks: &mut Checks, program: &Program, engine: Engine) {
    let name = |what: &str| format!("{}: {what}", engine.word());
    for (what, path) in [("ends", "/bin/false"), ("waits", "/usr/bin/yes")] {
        let mut command = start(program, engine, "nothing");
        command.env("FETCH_RUNNER_BROWSER_PATH", path).env("FETCH_RUNNER_TIMEOUT", "3");
        let ends = ends(&mut command, RUNNER_FAILED, "did not open the page");
        checks.report(&name(&format!("a browser that {what}")), ends);
    }
    ended_runners(checks, program, engine);
    let mut command = start(program, engine, "a-loop");
    command.env("FETCH_RUNNER_FILE", "true");
    let result = ended_runner(command, Signal::KILL, 137);
    checks.report(&name("a runner that is ended by KILL, with a page that is a file"), result);
    let kills = [
        ("page", Kill::Page),
        ("browser", Kill::Browser),
        ("browser's first process", Kill::First),
    ];
    for (what, kill) in kills {
        let result = crashes(start(program, engine, "a-loop"), kill);
        checks.report(&name(&format!("a {what} that crashes")), result);
    }
}

/// The runner is ended by each signal, and its program with it.
fn ended_runners(checks: &mut Checks, program: &Program, engine: Engine) {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::KILL, 137)] {
        let result = ended_runner(start(program, engine, "a-loop"), signal, status);
        let name = format!("{}: a runner that is ended by {signal:?}", engine.word());
        checks.report(&name, result);
    }
}

fn ended_runner(command: Command, signal: Signal, status: u8) -> Result<()> {
    let (ended, _) = is_killed(command, Kill::Runner(signal))?;
    ensure!(ended == status, "status {ended} in place of {status}");
    Ok(())
}

/// The runner says that the program has crashed.
fn crashes(command: Command, kill: Kill) -> Result<()> {
    let (status, said) = is_killed(command, kill)?;
    let is_told = said.contains("the page went away") || said.contains("has ended");
    ensure!(status == CRASHED && is_told, "status {status}; it said:\n{said}");
    Ok(())
}

/// The runner, with this program.
fn start(program: &Program, engine: Engine, ending: &str) -> Command {
    let browser = Browser { arguments: vec![OsString::from(ending)], ..Browser::default() };
    browser.command(program, engine)
}

/// The program finds the files of a folder, those of another server below `/other`, and at the
/// second run what the first has stored.
fn serves(program: &Program, engine: Engine) -> Result<()> {
    let folder = TempDir::new()?;
    let [files, others, profile] =
        ["files", "others", "profile"].map(|name| folder.path().join(name));
    for (folder, text) in [(&files, "a file"), (&others, "another server's")] {
        fs::create_dir(folder)?;
        fs::write(folder.join("a.txt"), text)?;
    }
    let mut other = start(program, engine, "nothing");
    other.env("FETCH_RUNNER_OPEN", "yes").env("FETCH_RUNNER_SERVE", &others);
    let mut other = other.stdout(Stdio::piped()).spawn()?;
    let result = (|| {
        let mut address = String::new();
        BufReader::new(other.stdout.take().context("stdout is a pipe")?).read_line(&mut address)?;
        let browser = Browser {
            arguments: ["loads", "/a.txt", "/other/a.txt", "/empty"].map(OsString::from).into(),
            serve: Some(files.clone()),
            proxy: vec![format!("/other={}", address.trim())],
            profile: Some(profile.clone()),
            ..Browser::default()
        };
        for text in ["200 Stored: a file", "200 Hit: another server's"] {
            ends(&mut browser.command(program, engine), 0, text)?;
        }
        // The test server has this path; the folder has not, and neither has the other server.
        ends(&mut browser.command(program, engine), 0, "404 Bypass: ")?;
        let proxied = Browser { serve: None, ..browser };
        ends(&mut proxied.command(program, engine), 0, "404 Bypass: ")
    })();
    kill_process(Pid::from_child(&other), Signal::TERM)?;
    other.wait()?;
    result
}

/// The runner finds what a page has stored: in a private window, it expects that there is nothing.
fn stores(mut command: Command) -> Result<()> {
    let folder = TempDir::new()?;
    command.env("TMPDIR", folder.path()).env("FETCH_RUNNER_TIMEOUT", "60");
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("stdout is a pipe")?).read_line(&mut line)?;
    let found = storage::folders(folder.path(), "127.0.0.1");
    kill_process(Pid::from_child(&child), Signal::TERM)?;
    child.wait()?;
    ensure!(line == "Stored\n", "it said {line:?}");
    ensure!(!found?.is_empty(), "no folder is named for the page's origin");
    leaves_nothing(folder.path())
}

/// A process that the test kills.
enum Kill {
    Runner(Signal),
    /// The process of the page.
    Page,
    /// All processes of the browser.
    Browser,
    /// The browser's first process alone: those of its pages do not hear of it while they loop.
    First,
}

/// Kills a process while the program runs. Returns the runner's status, and what it said.
fn is_killed(mut command: Command, kill: Kill) -> Result<(u8, String)> {
    let folder = TempDir::new()?;
    command.env("TMPDIR", folder.path()).env("FETCH_RUNNER_TIMEOUT", "60");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdout = BufReader::new(child.stdout.take().context("stdout is a pipe")?);
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    ensure!(line.contains("loops"), "it said {line:?}");
    let running = processes(folder.path())?;
    match kill {
        Kill::Runner(signal) => kill_process(Pid::from_child(&child), signal)?,
        Kill::Page => end(&running, is_page)?,
        Kill::Browser => end(&running, |_| true)?,
        Kill::First => {
            let is_first = |Process { id, arguments }: &&Process| {
                group(*id) == Some(*id) && !arguments.starts_with("Xvfb")
            };
            let first = running.iter().find(is_first).context("there is no first process")?;
            kill_process(first.id, Signal::KILL)?;
        }
    }
    let mut said = String::new();
    child.stderr.take().context("stderr is a pipe")?.read_to_string(&mut said)?;
    let status = status_of(child.wait()?);
    if matches!(kill, Kill::First) {
        // The runner itself has seen to that: a page of WebKitGTK loops for ever.
        let left: Vec<_> = running.iter().filter(|process| group(process.id).is_some()).collect();
        ensure!(left.is_empty(), "the runner has ended, and has left {left:?}");
    }
    leaves_nothing(folder.path())?;
    for Process { id, .. } in running {
        ensure!(group(id) != Some(id), "{id:?} is left, and its group");
    }
    Ok((status, said))
}

/// Whether a command line is that of a process that shows pages.
fn is_page(arguments: &str) -> bool {
    let is_of_firefox = arguments.contains("-contentproc") && arguments.ends_with("tab");
    arguments.contains("--type=renderer") || arguments.contains("WebKitWebProcess") || is_of_firefox
}

/// Kills some of these processes.
fn end(processes: &[Process], is_meant: impl Fn(&str) -> bool) -> Result<()> {
    let meant = processes.iter().filter(|process| is_meant(&process.arguments));
    let killed = meant.filter(|process| kill_process(process.id, Signal::KILL).is_ok());
    ensure!(killed.count() > 0, "there is no such process");
    Ok(())
}

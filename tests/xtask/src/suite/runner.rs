//! Tests of the commands that run programs: their exit status in each engine, what they leave
//! behind, and `--open`.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use crate::artifacts::Program;
use crate::browser::{Browser, runner, status_of};
use crate::command::{output, program, run, stdout};
use crate::engine::Engine;
use crate::project;
use crate::toolchain::{Panic, Suite, Toolchain, word};

/// How a program ends (see tests/browser/endings.rs), the status to exit with, and a text that the
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
    ("an-uncaught-error", CRASHED, "Error: on purpose"),
    ("a-rejection", CRASHED, "Uncaught (in promise) Error: on purpose"),
    ("a-rejection-then-exit-0", CRASHED, "Uncaught (in promise) Error: on purpose"),
    ("an-abort", CRASHED, "Aborted("),
    ("a-page-that-leaves", CRASHED, "the page went away"),
    ("a-loop", LIMIT_REACHED, "main has not returned"),
];

/// Where panics abort the program, a returned error still does not end it.
const ENDINGS_WHERE_PANICS_ABORT: &[(&str, u8, &str)] =
    &[("an-error", 101, GOES_ON), ("nothing", 0, GOES_ON)];

const GOES_ON: &str = "goes on after it";
const CRASHED: u8 = 134;
const LIMIT_REACHED: u8 = 124;
const RUNNER_FAILED: u8 = 125;

/// Checks all of it in these engines, and reports every failure.
pub(super) fn check(suite: Suite, engines: &[Engine]) -> Result<()> {
    let mut checks = Checks { failed: Vec::new() };
    checks.report("open", opens(browser(suite).args(["cache_lab", "--open"])));
    for yes in ["true", "yes", "1"] {
        let mut command = browser(suite);
        command.arg("quickstart").env("FETCH_RUNNER_OPEN", yes).env("FETCH_RUNNER_ISOLATE", "on");
        checks.report(&format!("open, by FETCH_RUNNER_OPEN={yes}"), opens(&mut command));
    }
    // A variable that says no is as good as none: the program runs in a browser.
    let mut command = browser(suite);
    command.args(["--package", "fetch-tests", "--test", "browser-endings", "--", "nothing"]);
    let result = ends(command.env("FETCH_RUNNER_OPEN", "0"), 0, GOES_ON);
    checks.report("not open, by FETCH_RUNNER_OPEN=0", result);
    // The commands of the README.
    let mut command = browser(suite);
    command.args(["--manifest-path", "template/Cargo.toml", "--serve", "template/assets"]);
    checks.report("the template", ends(command.current_dir(project::root()), 0, "#@  $  .#"));
    checks.report("help", helps());
    let mut cargo = Toolchain::of(suite).exec("cargo");
    let built = run(cargo.args("build -r -p fetch-examples --example get".split(' ')));
    checks.report("toolchain", built);

    let program = build(suite, Panic::Unwind)?;
    let aborts = build(suite, Panic::Abort)?;
    // The engines have nothing in common, and mostly wait.
    let engines = engines.iter().filter(|engine| Engine::BROWSERS.contains(engine));
    let of_engines = thread::scope(|scope| {
        let (program, aborts) = (&program, &aborts);
        let start = |&engine| scope.spawn(move || in_engine(engine, program, aborts));
        let threads: Vec<_> = engines.map(start).collect();
        let results = threads.into_iter().map(|thread| thread.join().expect("it does not panic"));
        results.flatten().collect::<Vec<_>>()
    });
    checks.failed.extend(of_engines);
    ensure!(checks.failed.is_empty(), "failed: {}", checks.failed.join(", "));
    Ok(())
}

/// Checks how programs end in this engine. Returns the names of the checks that failed.
fn in_engine(engine: Engine, program: &Program, aborts: &Program) -> Vec<String> {
    let mut checks = Checks { failed: Vec::new() };
    checks.endings(program, engine, ENDINGS);
    checks.endings(aborts, engine, ENDINGS_WHERE_PANICS_ABORT);
    checks.failures(program, engine);
    checks.report(&format!("{}: files of one's own", engine.word()), serves(program, engine));
    checks.failed
}

struct Checks {
    failed: Vec<String>,
}

impl Checks {
    fn report(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => println!("test runner::{name} ... ok"),
            Err(error) => {
                println!("test runner::{name} ... FAILED: {error:#}");
                self.failed.push(name.to_owned());
            }
        }
    }

    /// The program ends by itself.
    fn endings(&mut self, program: &Program, engine: Engine, endings: &[(&str, u8, &str)]) {
        for &(ending, status, text) in endings {
            let mut command = start(program, engine, ending);
            let seconds = if status == LIMIT_REACHED { "10" } else { "60" };
            let ends = ends(command.env("FETCH_RUNNER_TIMEOUT", seconds), status, text);
            let panics = if endings.len() < ENDINGS.len() { ", where panics abort" } else { "" };
            self.report(&format!("{}: {ending}{panics}", engine.word()), ends);
        }
    }

    /// The runner or its browser ends first, or the browser never begins.
    fn failures(&mut self, program: &Program, engine: Engine) {
        let name = |what: &str| format!("{}: {what}", engine.word());
        for (what, path) in [("ends", "/bin/false"), ("waits", "/usr/bin/yes")] {
            let mut command = start(program, engine, "nothing");
            command.env("FETCH_RUNNER_BROWSER_PATH", path).env("FETCH_RUNNER_TIMEOUT", "3");
            let ends = ends(&mut command, RUNNER_FAILED, "did not open the page");
            self.report(&name(&format!("a browser that {what}")), ends);
        }
        for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::KILL, 137)] {
            let result = is_killed(start(program, engine, "a-loop"), Kill::Runner(signal));
            let result = result.and_then(|(ended, _)| {
                ensure!(ended == status, "status {ended} in place of {status}");
                Ok(())
            });
            self.report(&name(&format!("a runner that is ended by {signal:?}")), result);
        }
        for (what, kill) in [("page", Kill::Page), ("browser", Kill::Browser)] {
            let result = is_killed(start(program, engine, "a-loop"), kill);
            let result = result.and_then(|(status, said)| {
                let is_told = said.contains("the page went away") || said.contains("has ended");
                ensure!(status == CRASHED && is_told, "status {status}; it said:\n{said}");
                Ok(())
            });
            self.report(&name(&format!("a {what} that crashes")), result);
        }
    }
}

fn build(suite: Suite, panic: Panic) -> Result<Program> {
    let browser = Browser {
        toolchain: Toolchain::of(suite).with_panic(panic),
        package: Some("fetch-tests".into()),
        test: vec!["browser-endings".into()],
        ..Browser::default()
    };
    browser.build()?.pop().context("no program was built")
}

/// The runner, with this program.
fn start(program: &Program, engine: Engine, ending: &str) -> Command {
    let browser = Browser { arguments: vec![OsString::from(ending)], ..Browser::default() };
    browser.command(program, engine)
}

/// The command that people type.
fn browser(suite: Suite) -> Command {
    let mut command = program(project::root().join("tests/browser/run"));
    command.args(["--suite", &word(suite)]);
    command
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

fn helps() -> Result<()> {
    let help = stdout(program(runner()).arg("--help"))?;
    ensure!(help.contains("FETCH_RUNNER_OPEN"), "it does not name FETCH_RUNNER_OPEN");
    Ok(())
}

/// The command ends with this status, prints the text, and leaves nothing behind.
fn ends(command: &mut Command, expected: u8, text: &str) -> Result<()> {
    let folder = TempDir::new()?;
    let output = output(command.env("TMPDIR", folder.path()))?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let status = status_of(output.status);
    if status != expected || !said.contains(text) {
        bail!("status {status} in place of {expected}; it said:\n{said}");
    }
    // A process that Chromium has orphaned ends by itself when the browser has ended.
    leaves_nothing(folder.path(), Duration::from_secs(10))
}

/// A process that the test kills.
enum Kill {
    Runner(Signal),
    /// The process of the page.
    Page,
    Browser,
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
    }
    let mut said = String::new();
    child.stderr.take().context("stderr is a pipe")?.read_to_string(&mut said)?;
    let status = status_of(child.wait()?);
    leaves_nothing(folder.path(), Duration::from_secs(10))?;
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

/// A process of a browser.
#[derive(Debug)]
struct Process {
    id: Pid,
    arguments: String,
}

/// The process groups of which one process has its temporary files below this folder, or names it.
/// Some of a browser's processes hide their environment.
fn processes(folder: &Path) -> Result<Vec<Process>> {
    let folder = folder.to_string_lossy();
    let marker = format!("TMPDIR={folder}/");
    let (mut all, mut groups) = (Vec::new(), Vec::new());
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(id) = name.parse().ok().and_then(Pid::from_raw) else { continue };
        let Some(group) = group(id) else { continue };
        let read = |file| {
            let data = fs::read(path.join(file)).unwrap_or_default();
            String::from_utf8_lossy(&data).replace('\0', " ")
        };
        let arguments = read("cmdline").trim_end().to_owned();
        let is_guard = arguments.contains("fetch-runner-guard");
        if read("environ").contains(&marker) || arguments.contains(&*folder) && !is_guard {
            groups.push(group);
        }
        all.push((group, Process { id, arguments }));
    }
    all.retain(|(group, _)| groups.contains(group));
    Ok(all.into_iter().map(|(_, process)| process).collect())
}

/// The process group of a process that has not ended.
fn group(id: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_pid())).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let is_over = fields.next()? == "Z";
    fields.nth(1)?.parse().ok().and_then(Pid::from_raw).filter(|_| !is_over)
}

/// No process is left, and no file, when the time until `limit` is over.
fn leaves_nothing(folder: &Path, limit: Duration) -> Result<()> {
    let end = Instant::now() + limit;
    loop {
        let files =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>();
        let (files, processes) = (files?, processes(folder)?);
        if files.is_empty() && processes.is_empty() {
            return Ok(());
        }
        ensure!(Instant::now() < end, "it has left {files:?} and {processes:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// It prints an address that serves the page; ctrl-c ends it.
fn opens(command: &mut Command) -> Result<()> {
    // A process group of its own, as a terminal gives it one.
    let mut child = command.process_group(0).stdout(Stdio::piped()).spawn()?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
    let mut address = String::new();
    let stdout = child.stdout.take().context("stdout is a pipe")?;
    let read = BufReader::new(stdout).read_line(&mut address);
    let page = read.map_err(Into::into).and_then(|_| page_at(address.trim()));
    kill_process_group(group, Signal::INT)?;
    let status = status_of(child.wait()?);
    let page = page?;
    let is_page = page.starts_with("HTTP/1.") && page.contains(" 200 ");
    ensure!(is_page && page.contains(r#"<script src="/fetch-runner.js">"#), "the page is {page:?}");
    ensure!(status == 130, "ctrl-c ended it with status {status}");
    Ok(())
}

fn page_at(address: &str) -> Result<String> {
    let host = address.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    let host = host.with_context(|| format!("the address is {address:?}"))?;
    let mut connection = TcpStream::connect(host)?;
    connection.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut page = String::new();
    connection.read_to_string(&mut page)?;
    Ok(page)
}

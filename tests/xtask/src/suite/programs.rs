//! Builds the programs of the suite one after the other, and runs each in its engines. Several runs
//! go on at once, and meanwhile the next programs are built.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::artifacts::Program;
use crate::browser::{Browser, build_runner, status_of};
use crate::command::Log;
use crate::engine::Engine;
use crate::project;
use crate::report::say;

/// How many runs go on at once. A run waits for two thirds of its time.
const AT_ONCE: usize = 6;

/// How many runs may wait for their turn, so that building goes on while the runs mostly wait. Some
/// of them take minutes.
const AHEAD: usize = 24;

/// Programs, and the engines to run them in.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) browser: Browser,
    pub(super) engines: Vec<Engine>,
    /// The command that runs a program in an engine.
    pub(super) command: fn(&Browser, &Program, Engine) -> Result<Command>,
}

/// The programs of a job, in a folder that the next build leaves alone.
struct Built {
    programs: Vec<Program>,
    took: Duration,
    _folder: TempDir,
}

/// A command that is to run, and the programs that it needs.
pub(super) struct Run {
    name: String,
    command: Command,
    built: Option<Arc<Built>>,
}

/// A run that is over.
struct Ended {
    name: String,
    took: Duration,
    status: ExitStatus,
    output: Vec<u8>,
}

/// Something to do.
pub(super) enum Step {
    Build(Job),
    Run(Run),
}

/// Takes the steps in their order, and reports every failure. Stops where a build fails.
pub(super) fn run(steps: Vec<Step>) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    build_runner()?;
    let (runs, waiting) = sync_channel(AHEAD);
    let (ends, ended) = channel();
    thread::scope(|scope| {
        let builds = scope.spawn(move || {
            steps.into_iter().try_for_each(|step| match step {
                Step::Build(job) => job.start(&runs),
                Step::Run(run) => start(run, &runs),
            })
        });
        // The last thread to end drops it, and ends the builds.
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            let (waiting, ends) = (Arc::clone(&waiting), ends.clone());
            let next = move || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
            scope.spawn(move || run_each(next, &ends));
        }
        drop((waiting, ends));
        let mut failed = Vec::new();
        for run in ended {
            let Ended { name, took, status, output } = run?;
            say(&format!("{name}; it took {:.1} s", took.as_secs_f64()));
            io::stdout().write_all(&output)?;
            if !status.success() {
                failed.push(format!("{name} ended with status {}", status_of(status)));
            }
        }
        builds.join().expect("it does not panic")?;
        ensure!(failed.is_empty(), "{}", failed.join("\n"));
        Ok(())
    })
}

/// Waits until few enough others wait.
fn start(run: Run, runs: &SyncSender<Run>) -> Result<()> {
    runs.send(run).ok().context("the runs have ended")
}

/// Runs what is next until there is nothing, or nobody asks for the results.
fn run_each(next: impl Fn() -> Option<Run>, ends: &Sender<Result<Ended>>) {
    while let Some(run) = next() {
        if ends.send(run.run()).is_err() {
            break;
        }
    }
}

fn build(browser: &Browser) -> Result<Built> {
    let begin = Instant::now();
    let mut programs = browser.build()?;
    let parent = project::target_dir().join("browser");
    fs::create_dir_all(&parent)?;
    let folder = TempDir::with_prefix_in("programs-", parent)?;
    for program in &mut programs {
        copy(program, folder.path()).context("cannot copy the program")?;
    }
    Ok(Built { programs, took: begin.elapsed(), _folder: folder })
}

/// Copies the program's files, which have one name and several extensions.
fn copy(program: &mut Program, folder: &Path) -> Result<()> {
    let from = program.executable.parent().context("a program is in a folder")?;
    let stem = program.executable.file_stem().context("a program has a name")?.to_owned();
    for entry in fs::read_dir(from)? {
        let file = entry?.path();
        if file.is_file() && file.file_stem() == Some(&stem) {
            let name = file.file_name().context("a file has a name")?;
            fs::copy(&file, folder.join(name))?;
        }
    }
    program.executable = folder.join(stem).with_extension("js");
    Ok(())
}

impl Job {
    /// Builds its programs, and starts each in each engine.
    fn start(&self, runs: &SyncSender<Run>) -> Result<()> {
        let built = Arc::new(build(&self.browser).with_context(|| self.name.clone())?);
        println!("\n{}: built in {:.0} s", self.name, built.took.as_secs_f64());
        for program in &built.programs {
            for &engine in &self.engines {
                let name = format!("{}: {} in {}", self.name, program.name, engine.name());
                let command = (self.command)(&self.browser, program, engine)?;
                start(Run { name, command, built: Some(Arc::clone(&built)) }, runs)?;
            }
        }
        Ok(())
    }
}

impl Run {
    /// A command that needs no program of a job.
    pub(super) fn new(name: String, command: Command) -> Self {
        Self { name, command, built: None }
    }

    fn run(mut self) -> Result<Ended> {
        let begin = Instant::now();
        let log = Log::of(&mut self.command)?;
        let status = self.command.status().with_context(|| self.name.clone())?;
        let took = begin.elapsed();
        // The last run of a program deletes it.
        drop(self.built);
        Ok(Ended { name: self.name, took, status, output: log.read()? })
    }
}

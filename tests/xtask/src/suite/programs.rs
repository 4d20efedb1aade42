//! Builds the programs of the suite one after the other, and runs each in all engines at once.
//! Meanwhile the next one is built.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::artifacts::Program;
use crate::browser::{Browser, build_runner, status_of};
use crate::engine::Engine;
use crate::project;
use crate::report::say;

/// Programs, and the engines to run them in.
pub(super) struct Job {
    pub(super) name: String,
    pub(super) browser: Browser,
    pub(super) engines: Vec<Engine>,
}

/// The programs of a job, in a folder that the next build leaves alone.
struct Built {
    programs: Vec<Program>,
    took: Duration,
    _folder: TempDir,
}

/// Builds and runs all of them, and reports every failure. Stops where a build fails.
pub(super) fn run(jobs: &[Job]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    build_runner()?;
    // One program waits while another runs.
    let (sender, receiver) = sync_channel(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            for job in jobs {
                let built = build(&job.browser);
                let is_last = built.is_err();
                if sender.send(built).is_err() || is_last {
                    break;
                }
            }
        });
        let mut failed = Vec::new();
        for (job, built) in jobs.iter().zip(receiver) {
            let built = built.with_context(|| job.name.clone())?;
            say(&format!("{}; built in {:.0} s", job.name, built.took.as_secs_f64()));
            if let Err(error) = job.run(&built.programs) {
                failed.push(format!("{}: {error:#}", job.name));
            }
        }
        match failed.is_empty() {
            true => Ok(()),
            false => bail!("{}", failed.join("\n")),
        }
    })
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
    /// Runs the programs in all engines, side by side, and prints the output of each when it is
    /// over.
    fn run(&self, programs: &[Program]) -> Result<()> {
        let mut failed = Vec::new();
        for program in programs {
            let runs: Vec<_> = thread::scope(|scope| {
                let start = |&engine| scope.spawn(move || (engine, self.run_in(program, engine)));
                let threads: Vec<_> = self.engines.iter().map(start).collect();
                let results = threads.into_iter().map(|thread| thread.join());
                results.map(|run| run.expect("it does not panic")).collect()
            });
            for (engine, run) in runs {
                let name = format!("{} in {}", program.name, engine.name());
                let (status, output, took) = run.with_context(|| name.clone())?;
                println!("── {name} ({:.1} s)", took.as_secs_f64());
                io::stdout().write_all(&output)?;
                if !status.success() {
                    failed.push(format!("{name} ended with status {}", status_of(status)));
                }
            }
        }
        match failed.is_empty() {
            true => Ok(()),
            false => bail!("{}", failed.join("; ")),
        }
    }

    /// Runs it. Returns its status, its output and its time.
    fn run_in(&self, program: &Program, engine: Engine) -> Result<(ExitStatus, Vec<u8>, Duration)> {
        let begin = Instant::now();
        let mut log: File = tempfile::tempfile()?;
        let mut command = self.browser.command(program, engine);
        // One file, so that errors appear in context.
        let status = command.stdout(log.try_clone()?).stderr(log.try_clone()?).status()?;
        let mut output = Vec::new();
        log.rewind()?;
        log.read_to_end(&mut output)?;
        Ok((status, output, begin.elapsed()))
    }
}

//! Checks of commands that run programs: their exit status, what they print, and what they leave
//! behind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use rustix::process::Pid;
use tempfile::TempDir;

use crate::browser::status_of;
use crate::command::output;

/// What the program of tests/browser/endings prints after an ending that it survives.
pub(super) const GOES_ON: &str = "goes on after it";

/// Checks that are reported one by one.
#[derive(Default)]
pub(super) struct Checks {
    failed: Vec<String>,
}

impl Checks {
    pub(super) fn report(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => println!("test runner::{name} ... ok"),
            Err(error) => {
                println!("test runner::{name} ... FAILED: {error:#}");
                self.failed.push(name.to_owned());
            }
        }
    }

    /// An error that names those that failed.
    pub(super) fn finish(self) -> Result<()> {
        ensure!(self.failed.is_empty(), "failed: {}", self.failed.join(", "));
        Ok(())
    }
}

/// The command ends with this status, prints the text, and leaves nothing behind.
pub(super) fn ends(command: &mut Command, expected: u8, text: &str) -> Result<()> {
    ends_and_says(command, expected, &[text.to_owned()])
}

/// The same, with several texts.
pub(super) fn ends_and_says(command: &mut Command, expected: u8, texts: &[String]) -> Result<()> {
    let folder = TempDir::new()?;
    let output = output(command.env("TMPDIR", folder.path()))?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let status = status_of(output.status);
    if status != expected {
        bail!("status {status} in place of {expected}; it said:\n{said}");
    }
    if let Some(text) = texts.iter().find(|text| !said.contains(*text)) {
        bail!("it did not say {text:?}, but:\n{said}");
    }
    // A process that Chromium has orphaned ends by itself when the browser has ended.
    leaves_nothing(folder.path())
}

/// A process of a browser.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) id: Pid,
    pub(super) arguments: String,
}

/// The process groups of which one process has its temporary files below this folder, or names it.
/// Some of a browser's processes hide their environment.
pub(super) fn processes(folder: &Path) -> Result<Vec<Process>> {
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
pub(super) fn group(id: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_pid())).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let is_over = fields.next()? == "Z";
    fields.nth(1)?.parse().ok().and_then(Pid::from_raw).filter(|_| !is_over)
}

/// No process is left, and no file, when a minute is over.
pub(super) fn leaves_nothing(folder: &Path) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
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

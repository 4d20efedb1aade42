//! A process of a browser, with its children.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};

use super::Ended;
use crate::guard::Guard;

/// This much of stderr is kept.
const LAST_WORDS: usize = 4096;

/// A process group.
pub(super) struct Process {
    child: Child,
    /// Its number, which the child no longer knows when it has been waited for.
    group: Pid,
    signal: Signal,
    ended: Option<ExitStatus>,
    last_words: Arc<Mutex<Vec<u8>>>,
}

impl Process {
    /// Starts it. It ends by `signal`, also if the runner itself is killed: the guard sees to that.
    pub(super) fn spawn(command: &mut Command, signal: Signal, guard: &mut Guard) -> Result<Self> {
        let mut child = command
            .process_group(0) // so that ctrl-c reaches the runner alone
            .spawn()
            .with_context(|| {
                format!("cannot start {}", command.as_std().get_program().display())
            })?;
        let id = child.id().context("it has just been started")?;
        guard.watch(id, signal)?;
        let group = Pid::from_raw(id.cast_signed()).context("no process has this number")?;
        let last_words = Arc::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(read(stderr, Arc::clone(&last_words)));
        }
        Ok(Self { child, group, signal, ended: None, last_words })
    }

    /// Its stderr is read, so that a full pipe does not stop it.
    pub(super) fn quiet(command: &mut Command) -> &mut Command {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped())
    }

    pub(super) async fn ended(&mut self) -> Ended {
        let status = match self.ended {
            Some(status) => status,
            None => self.child.wait().await.unwrap_or_default(),
        };
        self.ended = Some(status);
        Ended { status }
    }

    pub(super) fn last_words(&self) -> String {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&words).into_owned()
    }

    pub(super) fn stdout(&mut self) -> Option<tokio::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Those processes of a browser's group that show pages.
    pub(super) fn pages(&self) -> Result<Vec<Pid>> {
        let mut pages = Vec::new();
        for entry in std::fs::read_dir("/proc")? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(process) = name.parse().ok().and_then(Pid::from_raw) else { continue };
            let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
            let is_own = group_of(&stat) == Some(self.group);
            let arguments = std::fs::read(path.join("cmdline")).unwrap_or_default();
            if is_own && is_page(&String::from_utf8_lossy(&arguments)) {
                pages.push(process);
            }
        }
        Ok(pages)
    }

    /// Kills the group without a warning, and waits until no process of it runs.
    pub(super) fn kill(&mut self) {
        self.signal = Signal::KILL;
        self.end();
    }

    /// Ends the group, and waits until no process of it runs: the first one may have ended alone,
    /// and nothing may touch the profile of the next browser.
    pub(super) fn end(&mut self) {
        for signal in [self.signal, Signal::KILL] {
            // The number is the group's own as long as a process of it is there.
            if self.is_over() {
                return;
            }
            let _ = kill_process_group(self.group, signal);
            for _ in 0..1000 {
                if self.is_over() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Whether the first process has been waited for, and none of the others runs.
    fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None)) && !is_running(self.group)
    }
}

/// Whether a process of this group runs. One that has ended may wait for its parent.
fn is_running(group: Pid) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.map(|entry| std::fs::read_to_string(entry.path().join("stat"))).any(|stat| {
        let stat = stat.unwrap_or_default();
        group_of(&stat) == Some(group) && !stat.contains(") Z ")
    })
}

/// The process group in the text of `/proc/PID/stat`; kernel threads have none.
fn group_of(stat: &str) -> Option<Pid> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(2)?.parse().ok().and_then(Pid::from_raw)
}

/// Whether a command line is that of a process that shows pages, in one of the browsers.
fn is_page(arguments: &str) -> bool {
    let is_of_firefox =
        arguments.contains("-contentproc") && arguments.trim_end_matches('\0').ends_with("tab");
    arguments.contains("--type=renderer") || arguments.contains("WebKitWebProcess") || is_of_firefox
}

async fn read(mut stderr: ChildStderr, last_words: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; LAST_WORDS];
    while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
        let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&buffer[..length]);
        let too_much = words.len().saturating_sub(LAST_WORDS);
        words.drain(..too_much);
    }
}

//! A process of a browser, with its children.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};

use super::Ended;
use super::guard::Guard;

/// This much of stderr is kept.
const LAST_WORDS: usize = 4096;

/// A process group.
pub(super) struct Process {
    child: Child,
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
        let group = child.id().context("it has just been started")?;
        guard.watch(group, signal)?;
        let last_words = Arc::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(read(stderr, Arc::clone(&last_words)));
        }
        Ok(Self { child, signal, ended: None, last_words })
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

    /// Ends the group, and waits for the process.
    pub(super) fn end(&mut self) {
        // The number is the group's own as long as nothing has waited for its first process.
        let Some(group) = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
            return;
        };
        let _ = kill_process_group(group, self.signal);
        for _ in 0..1000 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.try_wait();
    }
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

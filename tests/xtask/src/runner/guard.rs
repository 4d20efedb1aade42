//! Cleans up after a run, however the runner ends.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};
use rustix::process::Signal;
use tempfile::TempDir;

/// Reads signals and process groups, a line each, until the runner ends or says `dismissed`. A
/// browser that has just been killed may still write to its folder, for half a minute at most.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=
while read -r signal group; do
    if [ "$signal" = dismissed ]; then groups=; else groups="$signal $group $groups"; fi
done
set -- "$1" $groups
folder=$1
shift
while [ $# -gt 0 ]; do
    kill -s "$1" -- "-$2" 2>/dev/null
    shift 2
done
tries=0
until rm -rf -- "$folder" 2>/dev/null || [ $tries = 150 ]; do
    tries=$((tries + 1))
    sleep 0.2
done
"#;

/// A process that outlives this one: even a SIGKILL leaves nothing behind. Dropping it deletes the
/// folder.
pub(crate) struct Guard {
    folder: TempDir,
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    pub(crate) fn new() -> Result<Self> {
        let folder = TempDir::with_prefix("fetch-runner-")?;
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "fetch-runner-guard"])
            .arg(folder.path())
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start sh")?;
        let pipe = child.stdin.take();
        Ok(Self { folder, child, pipe })
    }

    /// The folder of all files of the run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// From now on this process group ends with the runner.
    pub(crate) fn watch(&mut self, group: u32, signal: Signal) -> Result<()> {
        let signal = if signal == Signal::KILL { "KILL" } else { "TERM" };
        self.say(&format!("{signal} {group}\n"))
    }

    /// All process groups have ended, and others are to come.
    pub(crate) fn forget(&mut self) -> Result<()> {
        self.say("dismissed\n")
    }

    fn say(&mut self, line: &str) -> Result<()> {
        let pipe = self.pipe.as_mut().context("the guard was dismissed")?;
        pipe.write_all(line.as_bytes()).context("the guard has ended")
    }
}

impl Drop for Guard {
    /// All process groups have ended: it deletes the folder, and is gone when this returns.
    fn drop(&mut self) {
        let _ = self.forget();
        self.pipe = None;
        let _ = self.child.wait();
    }
}

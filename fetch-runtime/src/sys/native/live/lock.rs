//! The lock of a cache's folder, between threads and processes: a file that is never replaced.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::system::{self, Mode};

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(1);

pub(super) struct Lock {
    path: PathBuf,
    /// Opened when it is first needed.
    file: Option<File>,
}

/// Its drop unlocks.
pub(super) struct Held<'a>(&'a File);

impl Lock {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// # Errors
    /// If it cannot be acquired within this time, or its file cannot be opened.
    pub(super) fn acquire(&mut self, mode: Mode, patience: Duration) -> io::Result<Held<'_>> {
        let end = Instant::now() + patience;
        loop {
            let file = match self.file.take() {
                Some(file) => file,
                None => self.open()?,
            };
            match system::try_lock(&file, mode)? {
                // Otherwise it has been deleted since it was opened, and others may lock a new one.
                true if self.is_there(&file) => return Ok(Held(self.file.insert(file))),
                true => {}
                false => self.file = Some(file),
            }
            if Instant::now() >= end {
                return Err(ErrorKind::TimedOut.into());
            }
            thread::sleep(PAUSE);
        }
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        if self.path.is_symlink() {
            return Err(io::Error::other("a symlink is in the place of the lock"));
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
        options.open(&self.path)
    }

    fn is_there(&self, file: &File) -> bool {
        let identities =
            [fs::symlink_metadata(&self.path), file.metadata()].map(|of| of.ok().map(identity));
        identities[0].is_some() && identities[0] == identities[1]
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Closing it would not unlock it after a fork: the child has it open, too.
        let _ = system::unlock(self.0);
    }
}

/// Tells a file from another one that now has its path.
#[cfg(unix)]
#[allow(clippy::needless_pass_by_value)]
pub(super) fn identity(metadata: Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// On other systems, an open file keeps its path.
#[cfg(not(unix))]
pub(super) fn identity(_: Metadata) -> (u64, u64) {
    (0, 0)
}

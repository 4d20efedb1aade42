//! The system's calls for the cache: the lock of a file, and the free space of a disk.
#![allow(unsafe_code)]

pub(super) use imp::{available_space, try_lock, unlock};

/// Any number of threads and processes can hold a lock shared, or one can hold it exclusively.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    Shared,
    Exclusive,
}

#[cfg(unix)]
mod imp {
    use std::ffi::CString;
    use std::fs::File;
    use std::io::{Error, ErrorKind, Result};
    use std::mem::MaybeUninit;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use super::Mode;

    /// Locks the file, unless others hold a lock that excludes this one. Returns whether it has.
    pub(in super::super) fn try_lock(file: &File, mode: Mode) -> Result<bool> {
        let operation = match mode {
            Mode::Shared => libc::LOCK_SH,
            Mode::Exclusive => libc::LOCK_EX,
        };
        match flock(file, operation | libc::LOCK_NB) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            result => result.map(|()| true),
        }
    }

    pub(in super::super) fn unlock(file: &File) -> Result<()> {
        flock(file, libc::LOCK_UN)
    }

    fn flock(file: &File, operation: i32) -> Result<()> {
        loop {
            // SAFETY: the file is open. The call touches no memory.
            match unsafe { libc::flock(file.as_raw_fd(), operation) } {
                0 => return Ok(()),
                _ => match Error::last_os_error() {
                    error if error.kind() == ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        }
    }

    /// The bytes that a program may still write to the disk of this folder.
    #[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
    pub(in super::super) fn available_space(folder: &Path) -> Result<u64> {
        let folder = CString::new(folder.as_os_str().as_bytes())?;
        let mut answer = MaybeUninit::<libc::statvfs>::uninit();
        // SAFETY: `folder` is a C string, and `answer` has room for the struct.
        if unsafe { libc::statvfs(folder.as_ptr(), answer.as_mut_ptr()) } != 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: the call has succeeded, and so has written it.
        let answer = unsafe { answer.assume_init() };
        Ok((answer.f_bavail as u64).saturating_mul(answer.f_frsize as u64))
    }
}

#[cfg(not(unix))]
mod imp {
    use std::fs::File;
    use std::io::Result;
    use std::path::Path;

    use fs4::{FileExt, TryLockError};

    use super::Mode;

    /// Locks the file, unless others hold a lock that excludes this one. Returns whether it has.
    pub(in super::super) fn try_lock(file: &File, mode: Mode) -> Result<bool> {
        let locked = match mode {
            Mode::Shared => FileExt::try_lock_shared(file),
            Mode::Exclusive => FileExt::try_lock(file),
        };
        match locked {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub(in super::super) fn unlock(file: &File) -> Result<()> {
        FileExt::unlock(file)
    }

    /// The bytes that a program may still write to the disk of this folder.
    pub(in super::super) fn available_space(folder: &Path) -> Result<u64> {
        fs4::available_space(folder)
    }
}

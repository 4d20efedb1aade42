//! Tells a process that has been forked from the one whose threads work for the backend.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// The process that has started threads; 0 if there is none yet. A forked process has a copy of it.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// This process is about to start threads.
pub(super) fn claim() {
    OWNER.store(process::id(), Ordering::Relaxed);
}

/// Whether the threads, and what they have locked, are those of a parent.
pub(in super::super) fn is_forked() -> bool {
    let owner = OWNER.load(Ordering::Relaxed);
    owner != 0 && owner != process::id()
}

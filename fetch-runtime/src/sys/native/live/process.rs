//! Detects a fork: the threads of the backend belong to the process that started them.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// The process that has started threads, or 0. A forked process has a copy of it.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Makes this process the owner of the threads that it is about to start.
pub(super) fn claim() {
    OWNER.store(process::id(), Ordering::Relaxed);
}

/// Whether the threads, and the locks that they hold, are those of a parent.
pub(crate) fn is_forked() -> bool {
    let owner = OWNER.load(Ordering::Relaxed);
    owner != 0 && owner != process::id()
}

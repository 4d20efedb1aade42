//! The user's folder for caches, as each system has it.

use std::env;
use std::path::PathBuf;

/// `None` if the user has no home.
pub(super) fn of_user() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return folder("LOCALAPPDATA");
    }
    // Since Rust 1.85 it does what it says, and since 1.87 it is not deprecated any more.
    #[allow(deprecated)]
    let home = env::home_dir().filter(|path| path.is_absolute());
    if cfg!(target_vendor = "apple") {
        return Some(home?.join("Library/Caches"));
    }
    folder("XDG_CACHE_HOME").or_else(|| Some(home?.join(".cache")))
}

//! Settings of a thread: the base of its relative URLs, and the folder of its cache.

use std::cell::RefCell;
use std::path::PathBuf;

use url::Url;

use super::cache_dir::of_user;
use super::target::{self, Base};

#[derive(Default)]
struct Settings {
    base: Option<Base>,
    fallback_base: Option<Base>,
    cache_dir: Option<PathBuf>,
    budget: Option<u64>,
}

thread_local! {
    static SETTINGS: RefCell<Settings> = RefCell::default();
}

/// Sets the base of this thread's relative URLs.
///
/// # Errors
/// If it cannot be a base, or the thread is ending: with the reason.
pub(crate) fn set_base_url(url: &str) -> Result<(), String> {
    let parsed = Url::parse(url).map_err(|error| format!("{url:?} cannot be a base: {error}"))?;
    if target::has_credentials(&parsed) {
        // Every relative URL would have them.
        return Err("a base has no user name or password: give them to the requests, with `auth`"
            .to_owned());
    }
    let base = match parsed.scheme() {
        "http" | "https" => Base::Site(parsed),
        "file" => Base::Folder(
            parsed
                .to_file_path()
                .map_err(|()| format!("{url:?} does not name a folder of this machine"))?,
        ),
        scheme => {
            return Err(format!(
                "{url:?} cannot be a base: {scheme} is none of http, https and file"
            ));
        }
    };
    SETTINGS
        .try_with(|settings| settings.borrow_mut().base = Some(base))
        .map_err(|_| "the thread is ending, and has no base any more".to_owned())
}

/// The base, as set; or the fallback.
pub(super) fn base() -> Option<Base> {
    // At the end of the thread there is none.
    let base =
        |settings: &Settings| settings.base.clone().or_else(|| settings.fallback_base.clone());
    SETTINGS.try_with(|settings| base(&settings.borrow())).ok().flatten()
}

/// Sets the base of a thread that has none.
#[cfg(feature = "script")]
pub(super) fn set_fallback_base(base: Option<Base>) {
    let _ = SETTINGS.try_with(|settings| settings.borrow_mut().fallback_base = base);
}

/// Sets the folder of the cache, unless the thread is ending. Returns whether it is set.
pub(super) fn set_cache_dir(folder: PathBuf) -> bool {
    SETTINGS.try_with(|settings| settings.borrow_mut().cache_dir = Some(folder)).is_ok()
}

/// The folder of this thread's cache: as set or, if the user has a cache folder, a folder in it
/// that has the name of the program.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    let set = SETTINGS.try_with(|settings| settings.borrow().cache_dir.clone()).ok().flatten();
    set.or_else(|| {
        let program = std::env::current_exe().ok()?;
        Some(of_user()?.join(program.file_stem()?))
    })
}

/// Sets the budget of the downloads in the cache, unless the thread is ending.
pub(super) fn set_budget(bytes: Option<u64>) {
    let _ = SETTINGS.try_with(|settings| settings.borrow_mut().budget = bytes);
}

/// The budget of the downloads in the cache, in bytes.
pub(super) fn budget() -> Option<u64> {
    SETTINGS.try_with(|settings| settings.borrow().budget).ok().flatten()
}

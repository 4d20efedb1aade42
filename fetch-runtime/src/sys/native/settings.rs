//! What a program may set: the base of its relative URLs, and the folder of its cache.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;

use directories::BaseDirs;
use reqwest::Url;

use super::engine;
use super::live::redirects;
use super::script;

/// What relative URLs are relative to.
#[derive(Clone)]
pub(super) enum Base {
    Site(Url),
    Folder(PathBuf),
}

thread_local! {
    static BASE: RefCell<Option<Base>> = const { RefCell::new(None) };
    static CACHE_DIR: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// Why [`set_base_url`] refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrlError(String);

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BaseUrlError {}

/// Sets what this thread's relative URLs are relative to, as a page's address is on the web: an
/// `http:` or `https:` URL, or the `file:` URL of a folder, which then is served as if it were a
/// whole site, `/data.bin` being the file `data.bin` in it. Without a base, a relative URL is
/// invalid.
///
/// Each thread has its own, as each has its own requests. It counts for what starts afterwards.
///
/// # Errors
/// If it is no absolute URL of one of these schemes, or has a user name or password in it: the
/// previous base stays. In the destructors of the thread's thread-locals there may be no base any
/// more: that is an error, too.
///
/// ```
/// fetch_runtime::native::set_base_url("https://example.com/game/")?;
/// assert!(fetch_runtime::native::set_base_url("game/").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_base_url(url: &str) -> Result<(), BaseUrlError> {
    let parsed = Url::parse(url)
        .map_err(|error| BaseUrlError(format!("{url:?} cannot be a base: {error}")))?;
    if redirects::has_credentials(&parsed) {
        // Every relative URL would have them.
        return Err(BaseUrlError(
            "a base has no user name or password: give them to the requests, with `auth`"
                .to_owned(),
        ));
    }
    let base = match parsed.scheme() {
        "http" | "https" => Base::Site(parsed),
        "file" => match parsed.to_file_path() {
            Ok(folder) => Base::Folder(folder),
            Err(()) => {
                return Err(BaseUrlError(format!("{url:?} names no folder of this machine")));
            }
        },
        scheme => {
            return Err(BaseUrlError(format!(
                "{url:?} cannot be a base: {scheme} is none of http, https and file"
            )));
        }
    };
    BASE.try_with(|current| current.replace(Some(base)))
        .map(drop)
        .map_err(|_| BaseUrlError("the thread is ending, and has no base any more".to_owned()))
}

pub(super) fn base() -> Option<Base> {
    // None at the end of the thread, when it is gone.
    BASE.try_with(|base| base.borrow().clone()).ok().flatten().or_else(script::base)
}

/// Sets the folder of this thread's cache, which is made when it is needed. The cache of a folder
/// is the same for all threads and processes that use it. If another program's database is in its
/// place, or a symlink, there is no cache, and it is not changed.
///
/// In the destructors of the thread's thread-locals this may do nothing.
///
/// ```
/// fetch_runtime::native::set_cache_dir("/var/tmp/game");
/// assert_eq!(fetch_runtime::native::cache_dir().unwrap().to_str(), Some("/var/tmp/game"));
/// ```
pub fn set_cache_dir(folder: impl Into<PathBuf>) {
    let folder = folder.into();
    if CACHE_DIR.try_with(|current| current.replace(Some(folder))).is_ok() {
        engine::forget_cache();
    }
}

/// The folder of this thread's cache: as set, or one that has the program's name in the user's
/// cache folder, if there is one.
#[must_use]
pub fn cache_dir() -> Option<PathBuf> {
    CACHE_DIR.try_with(|folder| folder.borrow().clone()).ok().flatten().or_else(|| {
        let program = std::env::current_exe().ok()?;
        Some(BaseDirs::new()?.cache_dir().join(program.file_stem()?))
    })
}

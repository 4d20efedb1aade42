//! Settings of a thread: the base of its relative URLs, and the folder of its cache.

use std::cell::RefCell;
use std::fmt;
use std::path::PathBuf;

use directories::BaseDirs;
use reqwest::Url;

use super::target::{self, Base};

#[derive(Default)]
struct Settings {
    base: Option<Base>,
    fallback_base: Option<Base>,
    cache_dir: Option<PathBuf>,
}

thread_local! {
    static SETTINGS: RefCell<Settings> = RefCell::default();
}

/// The reason why [`set_base_url`] refused a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrlError(String);

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BaseUrlError {}

/// Sets the base of this thread's relative URLs, like the address of a page on the web: an `http:`
/// or `https:` URL, or the `file:` URL of a folder, which is then served as a whole site, so that
/// `/data.bin` is the file `data.bin` in it. Without a base, a relative URL is invalid.
///
/// Each thread has its own, as each has its own requests. It applies to requests that start
/// afterwards.
///
/// # Errors
/// If it is not an absolute URL of one of these schemes, or has a user name or password: the
/// previous base stays. In the destructors of the thread's thread-locals the base may be gone,
/// which is an error, too.
///
/// ```
/// fetch_runtime::native::set_base_url("https://example.com/game/")?;
/// assert!(fetch_runtime::native::set_base_url("game/").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_base_url(url: &str) -> Result<(), BaseUrlError> {
    let parsed = Url::parse(url)
        .map_err(|error| BaseUrlError(format!("{url:?} cannot be a base: {error}")))?;
    if target::has_credentials(&parsed) {
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
                return Err(BaseUrlError(format!(
                    "{url:?} does not name a folder of this machine"
                )));
            }
        },
        scheme => {
            return Err(BaseUrlError(format!(
                "{url:?} cannot be a base: {scheme} is none of http, https and file"
            )));
        }
    };
    SETTINGS
        .try_with(|settings| settings.borrow_mut().base = Some(base))
        .map_err(|_| BaseUrlError("the thread is ending, and has no base any more".to_owned()))
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
        Some(BaseDirs::new()?.cache_dir().join(program.file_stem()?))
    })
}

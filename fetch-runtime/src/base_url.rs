//! The base of relative URLs.

use std::fmt;

use crate::sys::backend;

/// The reason why [`set_base_url`] refused a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrlError(String);

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BaseUrlError {}

/// Sets the base of this thread's relative URLs: an `http:` or `https:` URL. On the desktop it can
/// also be the `file:` URL of a folder, which is then served as a whole site, so that `/data.bin`
/// is the file `data.bin` in it.
///
/// Without it, the base is that of the page or worker. Node and the desktop have none, and a
/// relative URL is invalid there. [Keys](crate::Request::cache_key) of the cache are no URLs, and
/// have no base.
///
/// Each thread has its own, as each has its own requests. It applies to requests that start
/// afterwards, and to those that still [wait](crate::set_max_in_flight) to begin.
///
/// # Errors
/// If it is not an absolute URL of one of these schemes, or has a user name or password: the
/// previous base stays. On the desktop, in the destructors of the thread's thread-locals the base
/// may be gone, which is an error, too.
///
/// The error is no [`StartError`](crate::StartError): where a function has both, as `main` often
/// has, it returns `Result<(), Box<dyn std::error::Error>>`.
///
/// ```
/// fetch_runtime::set_base_url("https://example.com/game/")?;
/// assert!(fetch_runtime::set_base_url("game/").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_base_url(url: &str) -> Result<(), BaseUrlError> {
    // JavaScript would take the part before it.
    if url.contains('\0') {
        return Err(BaseUrlError(format!("{url:?} cannot be a base: it has a NUL")));
    }
    backend::set_base_url(url).map_err(BaseUrlError)
}

//! The base of relative URLs.

use core::ffi::{c_char, c_int};

javascript! {
    // base_url.c
    fn fetch_runtime_set_base_url(url: *const c_char, length: usize) -> c_int;
}

/// Sets the base of this thread's relative URLs. The text has no NUL.
///
/// # Errors
/// If it cannot be a base: with the reason.
pub(crate) fn set_base_url(url: &str) -> Result<(), String> {
    // SAFETY: JavaScript reads exactly these bytes, and catches every exception.
    Err(match unsafe { fetch_runtime_set_base_url(url.as_ptr().cast(), url.len()) } {
        0 => return Ok(()),
        1 => "the main module lacks libfetch: link it with -lfetch".to_owned(),
        2 => format!("{url:?} cannot be a base: it is not an absolute URL"),
        3 => format!("{url:?} cannot be a base: its scheme is neither http nor https"),
        4 => {
            "a base has no user name or password: give them to the requests, with `auth`".to_owned()
        }
        _ => format!("{url:?} cannot be a base: JavaScript threw an exception; see the console"),
    })
}

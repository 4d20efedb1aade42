//! Attributes of a function do not keep it from being a handler.
#![deny(warnings, missing_docs)]

use std::fmt::Error;

use fetch_runtime::{Handler, Request, Response, fetch, fetch_handler};

/// Public, with docs.
pub mod handlers {
    use super::{Error, Response, fetch_handler};

    /// Is inlined.
    #[fetch_handler]
    #[inline]
    pub fn inlined(_: Response) {}

    /// Must be used.
    #[must_use = "it may have failed"]
    #[fetch_handler]
    pub fn used(_: Response) -> Result<(), Error> {
        Err(Error)
    }

    /// Has all attributes at once.
    #[inline(always)]
    #[cold]
    #[track_caller]
    #[must_use]
    #[doc(alias = "everything")]
    #[fetch_handler]
    #[allow(clippy::inline_always, unused_mut)]
    pub fn all(mut _response: Response, #[allow(unused)] context: u8) -> Result<(), Error> {
        Ok(())
    }

    #[fetch_handler]
    #[doc(hidden)]
    pub fn hidden(_: Response) {}
}

/// The lint levels of a function also apply to its types.
#[fetch_handler]
#[expect(deprecated)]
pub fn takes_what_is_old(_: Response, _: Old) {}

/// A deprecated context.
#[deprecated]
pub struct Old;

fn start(request: Request) {
    drop(request.send::<handlers::inlined>());
    drop(fetch!(GET "/" => handlers::used));
    drop(fetch!(GET "/", context: 1 => handlers::all));
    drop(fetch!(GET "/" => handlers::hidden));
}

fn main() {
    assert!(<handlers::used as Handler>::NAME.ends_with("::handlers::used"));
    if std::hint::black_box(false) {
        start(fetch!(GET "/"));
    }
}

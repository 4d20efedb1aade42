//! The trampolines that C code is given.
#![forbid(unsafe_code, unsafe_op_in_unsafe_fn)]
#![deny(warnings, missing_docs, clippy::pedantic, clippy::undocumented_unsafe_blocks)]

use fetch_runtime::{Error, Handler, Progress, Response, fetch_handler, sys};

type Callback = unsafe extern "C" fn(*mut sys::emscripten_fetch_t);

#[fetch_handler]
fn loaded(_: Response) {}

mod handlers {
    use super::{Error, Response, fetch_handler};

    #[fetch_handler]
    pub(crate) fn checked(result: Result<Response, Error>) -> Result<(), Error> {
        result.map(drop)
    }
}

fn show(_: Progress) {}

/// A handler of the same name as one of its exported functions.
#[fetch_handler(export = "game_onsuccess", on_progress = show)]
fn onsuccess(_: Response) {}

#[fetch_handler(on_progress = self::show)]
fn with_context(_: Response, _: u32) {}

/// In a function.
fn local() -> Callback {
    #[fetch_handler(on_progress = crate::show, export = "local")]
    fn local(_: Response) {}
    local::onprogress
}

const ONSUCCESS: Callback = loaded::onsuccess;
static ONERROR: Callback = loaded::onerror;

fn main() {
    let callbacks: [unsafe extern "C" fn(*mut sys::emscripten_fetch_t); 2] =
        [handlers::checked::onsuccess, handlers::checked::onerror];
    std::hint::black_box((callbacks, ONSUCCESS, ONERROR, onsuccess::onsuccess, local()));
    assert!(<with_context as Handler>::ON_PROGRESS.is_some());
    assert!(<loaded as Handler>::ON_PROGRESS.is_none());
}

//! What C code is given.
#![forbid(unsafe_code)]
#![deny(warnings)]

use fetch_runtime::{Error, Response, fetch_handler, sys};

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

const ONSUCCESS: Callback = loaded::onsuccess;
static ONERROR: Callback = loaded::onerror;

fn main() {
    let callbacks: [unsafe extern "C" fn(*mut sys::emscripten_fetch_t); 2] =
        [handlers::checked::onsuccess, handlers::checked::onerror];
    std::hint::black_box((callbacks, ONSUCCESS, ONERROR));
}

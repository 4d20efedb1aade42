//! A crate that re-exports fetch-runtime, and a user that depends on that crate alone.
#![deny(warnings)]

mod engine {
    pub(crate) mod net {
        pub(crate) use ::fetch_runtime as web;
    }
}

/// Hides the crate.
#[allow(unused_imports)]
mod fetch_runtime {}

use engine::net::web::{Response, StartError, fetch, fetch_handler};

#[fetch_handler(crate = engine::net::web)]
fn loaded(_: Response) {}

#[fetch_handler(crate = crate::engine::net::web)]
fn spawned(_: Response, _: u32) -> Result<(), StartError> {
    fetch!(crate = engine::net::web; GET "/again" => loaded).map(drop)
}

fn start() -> Result<(), StartError> {
    fetch!(crate = engine::net::web;
        POST "/",
        headers: { "Accept": "*/*" },
        body: "7",
        auth: ("me", "secret"),
        credentials: Include => loaded)?;
    fetch!(crate = self::engine::net::web; GET "/", cache: Reload, context: 1 => spawned)?;
    fetch!(crate = crate::engine::net::web; IDB_DELETE "save/1" => |_| {})?;
    Ok(())
}

fn main() {
    let auth = std::convert::identity(("me", "secret"));
    let request = fetch!(crate = engine::net::web; GET "/", auth: auth);
    drop(request);
    if std::hint::black_box(false) {
        start().unwrap();
    }
}

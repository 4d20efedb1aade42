//! The `cfg` of a function also applies to its marker.
#![deny(warnings, deprecated, dead_code)]

use fetch_runtime::{Response, fetch, fetch_handler};

#[cfg(target_os = "none")]
#[fetch_handler]
fn loaded(_: Response, _: NoSuchType) {}

#[cfg(not(target_os = "none"))]
#[fetch_handler]
fn loaded(_: Response) {}

#[fetch_handler]
#[cfg(target_os = "none")]
fn spawned(_: Response, _: NoSuchType) {}

#[fetch_handler]
#[cfg_attr(not(target_os = "none"), inline(never))]
#[doc(hidden)]
fn spawned(_: Response) {}

#[fetch_handler]
#[allow(dead_code)]
fn unused(_: Response) {}

#[fetch_handler]
#[expect(dead_code)]
fn unused_as_expected(_: Response) {}

#[fetch_handler]
#[deprecated = "use `loaded`"]
fn old(_: Response) {}

fn start() {
    drop(fetch!(GET "/" => loaded));
    drop(fetch!(GET "/" => spawned));
    #[allow(deprecated)]
    drop(fetch!(GET "/" => old));
}

fn main() {
    if std::hint::black_box(false) {
        start();
    }
}

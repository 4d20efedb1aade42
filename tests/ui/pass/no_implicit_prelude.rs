//! Generated code uses nothing of the prelude, and no name that a user could hide.
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types, unused_imports, unused_macros)]
#![deny(warnings)]

use ::fetch_runtime::{fetch, fetch_handler};

mod core {}
mod std {}
mod fetch_runtime {}
struct Result;
struct Option;
struct Box;
struct Request;
struct Response;
struct Fetch;
struct Handler;
struct Progress;
struct Capture;
struct Display;
struct str;
struct u8;
enum Never {
    Ok,
    Err,
    Some,
    None,
}
use Never::{Err, None, Ok, Some};

macro_rules! concat {
    () => {};
}

macro_rules! module_path {
    () => {};
}

const TEXT: () = ();
const TEMPLATE: ::core::primitive::u8 = 1;

#[fetch_handler(on_progress = show, export = "no_implicit_prelude")]
fn loaded(_: ::fetch_runtime::Response) {}

fn show(_: ::fetch_runtime::Progress) {}

#[fetch_handler]
fn spawned(
    _: ::fetch_runtime::Response,
    TEXT: (),
) -> ::core::result::Result<(), ::fetch_runtime::Error> {
    ::core::result::Result::Ok(())
}

fn start() -> ::core::result::Result<(), ::fetch_runtime::StartError> {
    fetch!(GET "/data.bin", headers: { "Accept": "*/*" }, cache: ForceCache => loaded)?;
    fetch!(IDB_STORE "save/1", body: "7", context: TEXT => spawned)?;
    fetch!(GET "/data.bin" => |_| {})?;
    fetch!(GET "/{TEMPLATE}", cache_key: "{TEMPLATE}" => loaded)?;
    ::core::result::Result::Ok(())
}

fn main() {
    if ::core::hint::black_box(false) {
        ::core::mem::drop(start());
    }
}

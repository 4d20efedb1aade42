//! C code has no context to pass.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(export = "spawned")]
fn spawned(_: Response, _: u32) {}

fn main() {}

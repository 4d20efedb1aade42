//! C has no context to give.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(export = "spawned")]
fn spawned(_: Response, _: u32) {}

fn main() {}

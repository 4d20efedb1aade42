//! C could not call it.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(export = "game.loaded")]
fn loaded(_: Response) {}

fn main() {}

//! C code could not call such a symbol.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(export = "game.loaded")]
fn loaded(_: Response) {}

fn main() {}

//! A C symbol is not a path.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(export = loaded)]
fn loaded(_: Response) {}

fn main() {}

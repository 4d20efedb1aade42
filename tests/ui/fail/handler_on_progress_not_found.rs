//! There is no such function.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(on_progress = show)]
fn loaded(_: Response) {}

fn main() {}

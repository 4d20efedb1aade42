//! Only a request takes a closure for its progress.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(on_progress = |progress| println!("{progress:?}"))]
fn loaded(_: Response) {}

fn main() {}

//! A progress function takes the `Progress` alone.
use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(on_progress = show)]
fn loaded(_: Response) {}

fn show(_: u64, _: u64) {}

fn main() {}

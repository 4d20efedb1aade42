//! A misspelt argument.
use fetch_runtime::{Progress, Response, fetch_handler};

#[fetch_handler(onprogress = show)]
fn loaded(_: Response) {}

pub fn show(_: Progress) {}

fn main() {}

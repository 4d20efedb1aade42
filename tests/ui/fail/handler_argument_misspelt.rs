//! An argument that is nearly one.
use fetch_runtime::{Progress, Response, fetch_handler};

#[fetch_handler(onprogress = show)]
fn loaded(_: Response) {}

pub fn show(_: Progress) {}

fn main() {}

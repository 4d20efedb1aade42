use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(crate = engine::fetch_runtime)]
fn loaded(_: Response) {}

fn main() {}

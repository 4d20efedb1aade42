use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded(_: Response, _: u32, _: String) {}

fn main() {}

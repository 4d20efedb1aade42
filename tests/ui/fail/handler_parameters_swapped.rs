use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded(_: u32, _: Response) {}

fn main() {}

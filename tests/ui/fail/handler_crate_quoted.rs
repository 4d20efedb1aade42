use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(crate = "fetch_runtime")]
fn loaded(_: Response) {}

fn main() {}

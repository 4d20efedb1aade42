use fetch_runtime::{Response, fetch_handler};

#[fetch_handler(foo)]
fn loaded(_: Response) {}

fn main() {}

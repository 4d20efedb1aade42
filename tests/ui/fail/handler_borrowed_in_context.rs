use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded(_: Response, _: Option<&str>) {}

fn main() {}

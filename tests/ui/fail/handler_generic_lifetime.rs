use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded<'a>(_: Response, _: &'a str) {}

fn main() {}

use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded<T: std::fmt::Display>(_: Response, _: T) {}

fn main() {}

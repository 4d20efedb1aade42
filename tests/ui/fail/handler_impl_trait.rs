use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded(_: Response, _: impl Fn() + 'static) {}

fn main() {}

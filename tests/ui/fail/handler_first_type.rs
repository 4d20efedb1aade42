use fetch_runtime::fetch_handler;

#[fetch_handler]
fn loaded(_: String) {}

fn main() {}

use fetch_runtime::fetch_handler;

#[fetch_handler]
fn loaded() {}

fn main() {}

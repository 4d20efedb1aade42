use fetch_runtime::fetch_handler;

#[fetch_handler]
async fn loaded(_: String) {}

fn main() {}

use fetch_runtime::fetch_handler;

#[fetch_handler]
struct Loaded;

fn main() {}

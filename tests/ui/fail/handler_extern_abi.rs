use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
extern "C" fn loaded(_: Response) {}

fn main() {}

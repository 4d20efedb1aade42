use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
unsafe fn loaded(_: Response) {}

fn main() {}

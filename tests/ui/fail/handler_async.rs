use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
async fn loaded(_: Response) {}

fn main() {}

use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn u8(_: Response) {}

fn main() {}

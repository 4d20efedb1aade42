#![deny(unused_must_use)]

use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() {
    fetch!(GET "/data.bin" => loaded);
}

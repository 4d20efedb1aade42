use fetch_runtime::{Response, block_on, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() {
    drop(block_on(fetch!(GET "/data.bin" => loaded)));
}

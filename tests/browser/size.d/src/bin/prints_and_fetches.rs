//! Prints what it has fetched: the difference to `prints_by_hand` is the cost of the crate.

use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    println!("{} bytes", response.body().len());
}

fn main() {
    let _ = fetch!(GET "/data.bin" => loaded);
}

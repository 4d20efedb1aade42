//! One `fetch!` that uses the cache.

use std::hint::black_box;

use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(response.body());
}

fn main() {
    let _ = fetch!(GET "/data.bin", cache: ForceCache => loaded);
}

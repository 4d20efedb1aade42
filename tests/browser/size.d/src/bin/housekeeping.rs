//! One `fetch!` that uses the cache, whose downloads have a budget and are listed.

use std::hint::black_box;

use fetch_runtime::{Response, cache, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(response.body());
}

fn main() {
    cache::set_budget(Some(64_000_000));
    cache::keys("").send_fn(|keys| drop(black_box(keys)));
    let _ = fetch!(GET "/data.bin", cache: ForceCache => loaded);
}

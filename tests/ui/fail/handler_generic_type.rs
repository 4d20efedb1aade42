use std::fmt::Display;

use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded<T: Display>(_: Response, _: T) {}

fn main() {
    let _ = fetch!(GET "/data.bin", context: 5 => loaded);
}

//! One `fetch!` whose body becomes `Bytes`.

use std::hint::black_box;

use bytes::Bytes;
use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(Bytes::from(response.into_body()).slice(..4));
}

fn main() {
    let _ = fetch!(POST "/data.bin", body: Bytes::from_static(b"body") => loaded);
}

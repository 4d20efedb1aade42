//! One `fetch!` with a form of two parts.

use std::hint::black_box;

use fetch_runtime::{Part, Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(response.body());
}

fn main() {
    let file = Part::file("a.bin", vec![1, 2, 3]);
    let _ = fetch!(POST "/upload", multipart: { "title": "A file", "file": file } => loaded);
}

//! One `fetch!` whose body is compared with a digest.

use std::hint::black_box;

use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(response.body());
}

fn main() {
    let _ = fetch!(GET "/data.bin",
        integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" => loaded);
}

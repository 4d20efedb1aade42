//! The smallest program with ehttp.

use std::hint::black_box;

fn main() {
    wasm_bindgen_futures::spawn_local(async {
        let _ = black_box(ehttp::fetch_async(ehttp::Request::get("/data.bin")).await);
    });
}

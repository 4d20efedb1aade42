//! The smallest program with reqwest.

use std::hint::black_box;

use bench_wasm_bindgen::origin;

fn main() {
    wasm_bindgen_futures::spawn_local(async {
        let url = format!("{}/data.bin", origin());
        if let Ok(response) = reqwest::get(url).await {
            let _ = black_box(response.bytes().await);
        }
    });
}

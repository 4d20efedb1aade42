//! The smallest program with gloo-net.

use std::hint::black_box;

use gloo_net::http::Request;

fn main() {
    wasm_bindgen_futures::spawn_local(async {
        if let Ok(response) = Request::get("/data.bin").send().await {
            let _ = black_box(response.binary().await);
        }
    });
}

//! reqwest.

use bench_wasm_bindgen::origin;
use bench_work::{Kind, in_lanes};
use futures_util::TryStreamExt;
use reqwest::Client;
use wasm_bindgen::prelude::wasm_bindgen;

/// Sends `count` requests, `lanes` at a time.
#[wasm_bindgen]
pub async fn run(kind: u32, length: u32, count: u32, lanes: u32) {
    let client = Client::new();
    let kind = Kind::new(kind);
    let url = format!("{}{}", origin(), kind.path(length));
    in_lanes(count, lanes, async || {
        assert_eq!(receive(&client, kind, &url).await, length as usize);
    })
    .await;
}

/// The length of the body that came.
async fn receive(client: &Client, kind: Kind, url: &str) -> usize {
    let response = client.get(url).send().await.expect("a response");
    assert!(response.status().is_success());
    match kind {
        Kind::Small | Kind::Whole => response.bytes().await.expect("the whole body").len(),
        Kind::Cached | Kind::Validated => panic!("it has no cache"),
        Kind::Stream => {
            let mut chunks = response.bytes_stream();
            let mut received = 0;
            while let Some(chunk) = chunks.try_next().await.expect("the whole body") {
                received += chunk.len();
            }
            received
        }
    }
}

/// The size of the program's memory, in bytes. The module has an export `memory` already.
#[wasm_bindgen]
pub fn memory_size() -> f64 {
    bench_work::memory()
}

fn main() {}

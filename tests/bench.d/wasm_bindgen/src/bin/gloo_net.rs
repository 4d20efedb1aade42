//! gloo-net, whose streams are those of wasm-streams.

use bench_wasm_bindgen::origin;
use bench_work::{Kind, in_lanes};
use futures_util::TryStreamExt;
use gloo_net::http::Request;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_streams::ReadableStream;
use web_sys::js_sys::Uint8Array;

/// Sends `count` requests, `lanes` at a time.
#[wasm_bindgen]
pub async fn run(kind: u32, length: u32, count: u32, lanes: u32) {
    let kind = Kind::new(kind);
    let url = format!("{}{}", origin(), kind.path(length));
    in_lanes(count, lanes, async || {
        assert_eq!(receive(kind, &url).await, length as usize);
    })
    .await;
}

/// The length of the body that came.
async fn receive(kind: Kind, url: &str) -> usize {
    let response = Request::get(url).send().await.expect("a response");
    assert!(response.ok());
    match kind {
        Kind::Small | Kind::Whole => response.binary().await.expect("the whole body").len(),
        Kind::Cached | Kind::Validated => panic!("it has no cache"),
        Kind::Stream => {
            let body = response.body().expect("a body");
            let mut chunks = ReadableStream::from_raw(body.unchecked_into()).into_stream();
            let mut received = 0;
            while let Some(chunk) = chunks.try_next().await.expect("the whole body") {
                received += Uint8Array::new(&chunk).to_vec().len();
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

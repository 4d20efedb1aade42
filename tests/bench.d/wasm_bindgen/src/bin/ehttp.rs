//! ehttp.

use bench_wasm_bindgen::origin;
use bench_work::{Kind, in_lanes};
use wasm_bindgen::prelude::wasm_bindgen;

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
    let request = ehttp::Request::get(url);
    match kind {
        Kind::Small | Kind::Whole => {
            let response = ehttp::fetch_async(request).await.expect("a response");
            assert!(response.ok);
            response.bytes.len()
        }
        Kind::Cached | Kind::Validated => panic!("it has no cache"),
        // ehttp has it on the web alone, and clippy reads this on the desktop.
        #[cfg(not(target_arch = "wasm32"))]
        Kind::Stream => panic!("only on the web"),
        #[cfg(target_arch = "wasm32")]
        Kind::Stream => {
            use ehttp::streaming::{Part, fetch_async_streaming};
            use futures_util::TryStreamExt;

            let parts = fetch_async_streaming(&request).await.expect("a response");
            let mut parts = std::pin::pin!(parts);
            let mut received = 0;
            while let Some(part) = parts.try_next().await.expect("the whole body") {
                match part {
                    Part::Response(response) => assert!(response.ok),
                    Part::Chunk(chunk) => received += chunk.len(),
                }
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

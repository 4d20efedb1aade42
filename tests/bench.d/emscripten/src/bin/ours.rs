//! fetch-runtime, awaited.

use bench_emscripten::done;
use bench_work::{Kind, in_lanes};
use fetch_runtime::{CacheMode, Request, spawn_local};

/// Sends `count` requests, `lanes` at a time.
// SAFETY: no other symbol of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn bench_run(kind: u32, length: u32, count: u32, lanes: u32) {
    let kind = Kind::new(kind);
    spawn_local(async move {
        in_lanes(count, lanes, async || {
            assert_eq!(receive(kind, length).await, length as usize);
        })
        .await;
        done();
    });
}

/// The length of the body that came.
async fn receive(kind: Kind, length: u32) -> usize {
    let request = Request::get(kind.path(length));
    let request = match kind {
        Kind::Small | Kind::Whole => request,
        Kind::Cached => request.cache(CacheMode::ForceCache),
        Kind::Validated => request.cache(CacheMode::NoCache),
        Kind::Stream => {
            let mut stream = request.stream().await.expect("it starts");
            let mut received = 0;
            while let Some(chunk) = stream.next().await {
                received += chunk.expect("the whole body").len();
            }
            return received;
        }
    };
    let response = request.await.expect("it starts");
    assert!(response.is_success(), "{response:?}");
    response.body().len()
}

fn main() {}

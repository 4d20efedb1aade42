//! One stream, as a `Stream` of futures-core.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::Pin;

use fetch_runtime::fetch;
use futures_core::Stream;

fn main() {
    fetch_runtime::spawn_local(async {
        if let Ok(mut stream) = fetch!(GET "/data.bin").stream().await {
            while let Some(Ok(chunk)) =
                poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
            {
                black_box(&*chunk);
            }
        }
    });
}

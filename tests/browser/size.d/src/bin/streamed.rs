//! One stream, without the traits of futures.

use std::hint::black_box;

use fetch_runtime::fetch;

fn main() {
    fetch_runtime::spawn_local(async {
        if let Ok(mut stream) = fetch!(GET "/data.bin").stream().await {
            while let Some(Ok(chunk)) = stream.next().await {
                black_box(&*chunk);
            }
        }
    });
}

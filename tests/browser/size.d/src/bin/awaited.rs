//! One `fetch!`, awaited by a task: the difference to one with a handler is the cost of await.

use std::hint::black_box;

use fetch_runtime::fetch;

fn main() {
    fetch_runtime::spawn_local(async {
        if let Ok(response) = fetch!(GET "/data.bin").await {
            black_box(response.body());
        }
    });
}

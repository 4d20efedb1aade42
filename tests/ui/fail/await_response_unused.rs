#![deny(unused_must_use)]

use fetch_runtime::fetch;

async fn load() {
    fetch!(GET "/data.bin").await;
}

fn main() {
    drop(load());
}

#![deny(unused_must_use)]

use fetch_runtime::fetch;

fn main() {
    fetch!(GET "/data.bin").into_future();
}

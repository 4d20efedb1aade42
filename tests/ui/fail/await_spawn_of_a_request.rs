use fetch_runtime::{fetch, spawn_local};

fn main() {
    spawn_local(fetch!(GET "/data.bin"));
}

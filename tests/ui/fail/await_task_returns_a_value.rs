use fetch_runtime::{fetch, spawn_local};

fn main() {
    spawn_local(async {
        let response = fetch!(GET "/data.bin").await;
        response.map_or(0, |response| response.body().len())
    });
}

use fetch_runtime::{fetch, spawn_local};

fn main() {
    spawn_local(async {
        println!("{}", fetch!(GET "/data.bin").await?.status());
        Ok(())
    });
}

use fetch_runtime::{Response, StartError, fetch};

fn load() -> Result<Response, StartError> {
    fetch!(GET "/data.bin").await
}

fn main() {
    drop(load());
}

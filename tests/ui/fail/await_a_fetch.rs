use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

async fn load() -> Result<Response, StartError> {
    fetch!(GET "/data.bin" => loaded)?.await
}

fn main() {
    drop(load());
}

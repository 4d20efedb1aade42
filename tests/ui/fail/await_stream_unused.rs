#![deny(unused_must_use)]

use fetch_runtime::{StartError, fetch};

async fn load() -> Result<(), StartError> {
    fetch!(GET "/data.bin").stream().await?;
    Ok(())
}

fn main() {
    drop(load());
}

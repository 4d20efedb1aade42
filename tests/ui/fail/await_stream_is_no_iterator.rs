use fetch_runtime::{StartError, fetch};

async fn load() -> Result<(), StartError> {
    for chunk in fetch!(GET "/data.bin").stream().await? {
        drop(chunk);
    }
    Ok(())
}

fn main() {
    drop(load());
}

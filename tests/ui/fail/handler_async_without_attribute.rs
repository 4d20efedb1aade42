use fetch_runtime::{Response, StartError, fetch};

async fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => loaded)?;
    Ok(())
}

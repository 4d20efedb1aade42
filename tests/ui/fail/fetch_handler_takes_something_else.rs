use fetch_runtime::{StartError, fetch};

fn loaded(_: u32) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => loaded)?;
    Ok(())
}

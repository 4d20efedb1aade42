use fetch_runtime::{StartError, fetch};

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => loaded)?;
    Ok(())
}

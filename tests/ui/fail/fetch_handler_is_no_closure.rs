use fetch_runtime::{StartError, fetch};

fn main() -> Result<(), StartError> {
    let loaded = 7;
    fetch!(GET "/data.bin" => loaded)?;
    Ok(())
}

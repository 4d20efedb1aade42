use fetch_runtime::{StartError, fetch};

struct Loaded;

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => Loaded)?;
    Ok(())
}

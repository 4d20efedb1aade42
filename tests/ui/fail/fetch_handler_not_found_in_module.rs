use fetch_runtime::{StartError, fetch};

mod handlers {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => handlers::loaded)?;
    Ok(())
}

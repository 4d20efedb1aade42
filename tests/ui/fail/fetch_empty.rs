use fetch_runtime::{StartError, fetch};

fn main() -> Result<(), StartError> {
    fetch!()?;
    Ok(())
}

use fetch_runtime::{StartError, fetch};

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin", context: 1 => |_| {})?;
    Ok(())
}

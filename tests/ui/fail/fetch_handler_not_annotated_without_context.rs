use fetch_runtime::{Response, StartError, fetch};

fn spawned(_: Response, _: u32) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => spawned)?;
    Ok(())
}

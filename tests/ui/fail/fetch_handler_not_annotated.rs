use fetch_runtime::{Response, StartError, fetch};

fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => loaded)?;
    Ok(())
}

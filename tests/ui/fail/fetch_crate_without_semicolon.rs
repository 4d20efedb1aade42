use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(crate = fetch_runtime, GET "/data.bin" => loaded)?;
    Ok(())
}

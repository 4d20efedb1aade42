use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "localhost:8080/data.bin" => loaded)?;
    Ok(())
}

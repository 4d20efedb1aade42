use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin", headers: { "X-Level": Some(7) } => loaded)?;
    Ok(())
}

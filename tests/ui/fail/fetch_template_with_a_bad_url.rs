//! The text around a capture is checked like a URL.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let id = 7;
    fetch!(GET "/players\\{id}" => loaded)?;
    Ok(())
}

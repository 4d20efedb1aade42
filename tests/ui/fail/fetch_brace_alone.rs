//! A brace that belongs to the URL is written twice.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/players/7}" => loaded)?;
    Ok(())
}

//! A brace of the URL itself is written twice.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/players/7}" => loaded)?;
    Ok(())
}

//! What is in the braces is not even a token.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/players/{a\"}" => loaded)?;
    Ok(())
}

//! The braces do not even contain a token.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/players/{a\"}" => loaded)?;
    Ok(())
}

//! A capture has no format specifier.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let id = 7;
    fetch!(GET "/players/{id:04}" => loaded)?;
    Ok(())
}

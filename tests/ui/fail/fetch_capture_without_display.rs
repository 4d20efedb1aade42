//! A captured value must implement `Display`.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let id = Some(7);
    fetch!(GET "/players/{id}" => loaded)?;
    Ok(())
}

//! Only variables can be captured.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let player = (7, "name");
    fetch!(GET "/players/{player.0}" => loaded)?;
    Ok(())
}

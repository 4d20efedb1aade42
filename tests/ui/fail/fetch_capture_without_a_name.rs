//! A capture has a name.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/players/{}", cache: ForceCache => loaded)?;
    Ok(())
}

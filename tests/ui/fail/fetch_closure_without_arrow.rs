//! `=>` comes before the handler.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin", |response| loaded(response))?;
    Ok(())
}

//! A captured value cannot be the scheme.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let scheme = "https";
    fetch!(GET "{scheme}://example.com/motd" => loaded)?;
    Ok(())
}

//! A captured value cannot be the host.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let region = "eu";
    fetch!(GET "https://{region}.example.com/motd" => loaded)?;
    Ok(())
}

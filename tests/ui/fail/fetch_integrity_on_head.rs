use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(HEAD "/motd", integrity: std::env::args().next().unwrap_or_default() => loaded)?;
    Ok(())
}

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/motd", headers: { "X-Player": "7\r\nX-Admin: 1" } => loaded)?;
    Ok(())
}

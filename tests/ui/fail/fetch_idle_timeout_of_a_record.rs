use std::time::Duration;

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn stored(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(IDB_STORE "save/1", body: "x", idle_timeout: Duration::from_secs(1) => stored)?;
    Ok(())
}

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(POST "/score", body: "7", cache: ForceCache => loaded)?;
    Ok(())
}

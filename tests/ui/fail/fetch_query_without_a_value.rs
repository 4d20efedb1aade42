use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn found(_: Response) {}

fn main() -> Result<(), StartError> {
    let q = "rock & roll";
    fetch!(GET "/search", query: { q } => found)?;
    Ok(())
}

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn found(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/search", form: { "q": "rock & roll" } => found)?;
    Ok(())
}

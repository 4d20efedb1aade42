use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn saved(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(POST "/scores", json: 7, body: "7" => saved)?;
    Ok(())
}

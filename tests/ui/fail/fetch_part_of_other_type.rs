use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn saved(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(POST "/upload", multipart: { "points": 7 } => saved)?;
    Ok(())
}

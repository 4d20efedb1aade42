use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let score = String::from("7");
    fetch!(POST "/score", body: score.as_str() => loaded)?;
    Ok(())
}

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn spawned(_: Response, _: u32) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/world.bin" => spawned)?;
    Ok(())
}

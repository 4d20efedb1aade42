use fetch_runtime::{Response, StartError, fetch};

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin" => async |response: Response| drop(response))?;
    Ok(())
}

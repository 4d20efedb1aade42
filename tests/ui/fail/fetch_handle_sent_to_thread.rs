use std::thread;

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let request = fetch!(GET "/data.bin" => loaded)?;
    thread::spawn(move || request.abort());
    Ok(())
}

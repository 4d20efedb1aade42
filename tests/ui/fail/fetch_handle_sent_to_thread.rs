use std::thread;

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn elsewhere(work: impl FnOnce() + Send + 'static) {
    thread::spawn(work);
}

fn main() -> Result<(), StartError> {
    let request = fetch!(GET "/data.bin" => loaded)?;
    elsewhere(move || request.abort());
    Ok(())
}

use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin", on_upload: |sent| println!("{sent:?}") => loaded)?;
    Ok(())
}

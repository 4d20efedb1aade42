use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/data.bin", on_progress: |loaded, total| println!("{loaded} {total}") => loaded)?;
    Ok(())
}

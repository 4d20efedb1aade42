use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/motd",
        integrity: "sha256-47DEQpj8HBSa+.TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        => loaded
    )?;
    Ok(())
}

//! A program that uses features of fetch-runtime that its manifest does not name.

use fetch_runtime::{Request, Response, StartError, fetch};

fn main() -> Result<(), StartError> {
    fetch!(POST "/scores", json: 7 => |_| ())?;
    fetch!(POST "/login", form: { "user": "me" } => |_| ())?;
    drop(Request::get("/search").query([("q", 1)]));
    fetch!(GET "/file",
        integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        => |_| ()
    )?;
    Ok(())
}

fn points(response: &Response) -> Option<u32> {
    response.json().ok()
}

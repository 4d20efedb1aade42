//! The keys of records capture variables by the same rules.
use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    let (slot, n) = (Some(1), 2);
    fetch!(IDB_STORE "save/{slot:?}", body: "7" => loaded)?;
    fetch!(GET "/level", cache: Reload, cache_key: "level/{n}" => loaded)?;
    Ok(())
}

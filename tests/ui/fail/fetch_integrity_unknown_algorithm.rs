use fetch_runtime::{Response, StartError, fetch, fetch_handler};

#[fetch_handler]
fn loaded(_: Response) {}

fn main() -> Result<(), StartError> {
    fetch!(GET "/motd", integrity: "md5-1B2M2Y8AsgTpgAmY7PhCfg==" => loaded)?;
    Ok(())
}

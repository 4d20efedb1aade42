use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) -> Result<u16, std::fmt::Error> {
    Ok(response.status())
}

fn main() {}

use fetch_runtime::{Response, fetch_handler};

struct Oops;

#[fetch_handler]
fn loaded(_: Response) -> Result<(), Oops> {
    Err(Oops)
}

fn main() {}

use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
fn loaded(_: Response)
where
    u32: Copy,
{
}

fn main() {}

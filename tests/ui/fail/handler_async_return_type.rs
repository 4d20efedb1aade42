use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
async fn loaded(response: Response) -> u32 {
    response.status().into()
}

fn main() {}

use fetch_runtime::{Response, fetch_handler};

#[fetch_handler]
const fn loaded(response: Response) {
    std::mem::forget(response);
}

fn main() {}

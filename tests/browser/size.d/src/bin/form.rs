//! One `fetch!` with a query and a form.

use std::hint::black_box;

use fetch_runtime::{Response, fetch, fetch_handler};

#[fetch_handler]
fn loaded(response: Response) {
    black_box(response.body());
}

fn main() {
    let name = black_box("me");
    let _ = fetch!(POST "/login", query: { "lang": "en" }, form: { "user": name } => loaded);
}

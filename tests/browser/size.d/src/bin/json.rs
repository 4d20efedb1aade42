//! One `fetch!` that sends JSON and reads JSON.

use std::hint::black_box;

use fetch_runtime::{Response, fetch, fetch_handler};
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
struct Score {
    player: String,
    points: u32,
}

#[fetch_handler]
fn loaded(response: Response) {
    let _ = black_box(response.json::<Score>());
}

fn main() {
    let score = Score { player: "me".into(), points: 7 };
    let _ = fetch!(POST "/scores", json: score => loaded);
}

//! Prints what a URL has: `cargo run --example get https://example.com/`.

use std::env;

use fetch_runtime::{fetch, run, spawn_local};

fn main() {
    let url = env::args().nth(1).unwrap_or_else(|| "data:,Hello!".to_owned());
    spawn_local(async {
        let response = fetch!(GET url).await?.into_result()?;
        println!("{}", response.text());
        Ok::<_, Box<dyn std::error::Error>>(())
    });
    run();
}

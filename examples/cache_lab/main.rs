//! The cache lab: a page whose buttons load files, delete and limit what is cached, and show it. A
//! second part measures the leak of a plain close.
//!
//! Where no person uses the page, a tour presses the buttons and checks what the page shows. On the
//! desktop there is no page, and the tour prints what it would show:
//! `cargo run --example cache_lab`.

mod buttons;
mod counts;
mod leak;
#[cfg_attr(not(target_os = "emscripten"), path = "no_page.rs")]
mod page;
mod text;
mod tour;

use std::error::Error;

use fetch_examples::Files;
use fetch_runtime::{cache, set_observer, spawn_local};

type Checked = Result<(), Box<dyn Error>>;

/// The namespace of the lab: what other programs of the origin have stored is not its business.
const NAMESPACE: &str = "lab";
/// The budget of the downloads at the beginning: 2 MB, as the page says.
const BUDGET: u64 = 2_000_000;

fn main() -> Checked {
    let files = Files::serve()?;
    cache::set_namespace(Some(NAMESPACE))?;
    cache::set_budget(Some(BUDGET));
    set_observer(counts::observe)?;
    page::open();
    spawn_local(async {
        let result = if page::is_attended() { buttons::watch().await } else { tour::run().await };
        drop(files);
        page::end(result)
    });
    fetch_runtime::run();
    Ok(())
}

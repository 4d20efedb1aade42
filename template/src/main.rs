//! A program for the desktop and the web: it loads a level while its main loop draws.

use std::error::Error;
use std::ops::ControlFlow;

use fetch_runtime::{fetch, main_loop, spawn_local};

/// Loads the level of this number. On the web, its URL is relative to the page. An error ends the
/// program on the desktop; on the web it is only reported.
async fn load(number: u32) -> Result<(), Box<dyn Error>> {
    let response = fetch!(GET "levels/{number}.txt").await?;
    println!("{}", response.into_result()?.text());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // The desktop has no page, so a relative URL needs a base: the folder of your files while you
    // develop, and your server in a program that you give to others.
    #[cfg(not(target_os = "emscripten"))]
    fetch_runtime::set_base_url(concat!("file://", env!("CARGO_MANIFEST_DIR"), "/assets/"))?;

    let task = spawn_local(load(1));
    main_loop(move || {
        // Draw a frame here. `Break` ends the loop; this one waits for the level alone.
        if task.is_finished() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Ok(())
}

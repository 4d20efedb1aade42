//! Starbreak: a game in raylib, on the desktop and on the web. Its textures, levels, sounds and
//! saves come through `fetch!`.
//!
//! `--demo` lets it play by itself: the gate does that. On the desktop, `--assets DIR` is the
//! folder of the files, and `--cache DIR` that of the cache.

mod assets;
mod demo;
mod draw;
mod files;
mod game;
mod level;
mod pending;
mod raylib;
mod save;
mod world;

use std::error::Error;

use crate::game::Game;

/// The desktop has no page: relative URLs are those of a folder.
#[cfg(not(target_os = "emscripten"))]
fn set_folders() -> Result<(), Box<dyn Error>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
    let folder = argument("--assets").unwrap_or_else(|| own.to_owned());
    fetch_runtime::set_base_url(&format!("file://{folder}/"))?;
    if let Some(cache) = argument("--cache") {
        fetch_runtime::native::set_cache_dir(cache);
    }
    Ok(())
}

/// The word after this one on the command line.
#[cfg(not(target_os = "emscripten"))]
fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}

fn main() -> Result<(), Box<dyn Error>> {
    #[cfg(not(target_os = "emscripten"))]
    set_folders()?;
    let is_demo = std::env::args().any(|word| word == "--demo");
    // Other programs of the same origin have saves of their own, and so has the demo.
    fetch_runtime::cache::set_namespace(Some(if is_demo {
        "starbreak-demo"
    } else {
        "starbreak"
    }))?;
    let mut game = Game::new(is_demo);
    fetch_runtime::main_loop(move || game.frame());
    Ok(())
}

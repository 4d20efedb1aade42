//! Saves a game, lists the saves, and loads one: `cargo run --example save_game`.
//!
//! A save is a record of the cache: IndexedDB on the web, and a file on the desktop. The budget of
//! the cache, which makes room by deleting downloads, never deletes a save.

use std::error::Error;

use fetch_examples::Files;
use fetch_runtime::{CacheStatus, Outcome, cache, fetch, spawn_local};
use serde::{Deserialize, Serialize};

type Checked = Result<(), Box<dyn Error>>;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Save {
    level: u32,
    score: u32,
    inventory: Vec<String>,
}

fn check(good: bool, line: String) -> Checked {
    if !good {
        return Err(line.into());
    }
    println!("ok     {line}");
    Ok(())
}

/// Replaces the save of this slot. If the disk is full, the old one is still there.
async fn save(slot: u32, save: &Save) -> Checked {
    fetch!(IDB_STORE "slot/{slot}", body: serde_json::to_vec(save)?).await?.into_result()?;
    Ok(())
}

/// The save of this slot. `None` if there is none.
async fn load(slot: u32) -> Result<Option<Save>, Box<dyn Error>> {
    let response = fetch!(GET "slot/{slot}", cache: OnlyIfCached).await?;
    match response.outcome() {
        Outcome::CacheMiss => Ok(None),
        _ => Ok(Some(response.into_result()?.json()?)),
    }
}

/// The names of the slots, with their sizes in bytes.
async fn slots() -> Result<Vec<String>, Box<dyn Error>> {
    let entries = cache::keys("slot/").await?;
    Ok(entries.iter().map(|entry| format!("{}: {} bytes", entry.key, entry.size)).collect())
}

async fn play(files: Files) -> Checked {
    check(load(1).await?.is_none(), "slot 1 is empty: a new game begins".to_owned())?;

    let mut game = Save { level: 1, score: 0, inventory: vec!["lamp".to_owned()] };
    for slot in 1..=3 {
        game.level = slot;
        game.score += 50;
        save(slot, &game).await?;
    }
    let list = slots().await?;
    check(list.len() == 3, format!("saved: {}", list.join(", ")))?;

    let found = load(2).await?.ok_or("slot 2 was saved")?;
    check((found.level, found.score) == (2, 100), format!("loaded slot 2: {found:?}"))?;

    // A later save of the same slot takes its place.
    game.inventory.push("key".to_owned());
    save(2, &game).await?;
    check(load(2).await?.as_ref() == Some(&game), format!("saved slot 2 again: {game:?}"))?;

    // Downloads may go, and saves stay.
    cache::set_budget(Some(1));
    let level = fetch!(GET "/files/small.bin", cache: Reload).await?.into_result()?;
    let good = level.cache_status() == CacheStatus::Stored && slots().await?.len() == 3;
    check(good, format!("{} bytes are over the budget; all saves are there", level.body().len()))?;
    cache::set_budget(None);

    // A browser that is short of disk may delete saves, unless it is asked to keep them.
    match cache::persisted().await {
        Ok(is_persisted) => println!("ok     the saves are persistent: {is_persisted}"),
        Err(error) => println!("ok     {error}"),
    }

    let deleted = cache::clear().await?;
    check(deleted == 4, format!("deleted {deleted} records of this game"))?;
    drop(files);
    Ok(())
}

fn main() -> Checked {
    let files = Files::serve()?;
    // Other programs of the same origin have saves of their own.
    cache::set_namespace(Some("save-game-example"))?;
    spawn_local(play(files));
    fetch_runtime::run();
    Ok(())
}

//! Carries out the buttons of the page, and shows what the cache holds afterwards.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Poll, Waker};
use std::time::Duration;

use fetch_runtime::{CacheMode, cache, fetch, sleep, spawn_local, stats};

use crate::counts::Counts;
use crate::{Checked, leak, page, text};

/// The files of the server, in the order in which `load` loads them.
const FILES: [&str; 7] = [
    "level-1.pak",
    "hero.png",
    "scores.json",
    "music.ogg",
    "news.txt",
    "level-2.pak",
    "the-voice-of-the-narrator-in-the-first-chapter-of-the-second-part.ogg",
];

thread_local! {
    /// The next file to load.
    static NEXT: Cell<usize> = const { Cell::new(0) };
    /// How many buttons are being carried out.
    static RUNNING: Cell<u32> = const { Cell::new(0) };
    /// The task that waits until there are none.
    static IDLE: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// Is ready when no button is being carried out. It uses no timer, which the leak's measurement
/// would see.
pub(crate) fn idle() -> impl Future<Output = ()> {
    poll_fn(|context| {
        if RUNNING.get() == 0 {
            return Poll::Ready(());
        }
        IDLE.set(Some(context.waker().clone()));
        Poll::Pending
    })
}

/// Is ready when no other button than that of the caller is being carried out.
pub(crate) async fn alone() {
    while RUNNING.get() > 1 {
        sleep(Duration::from_millis(5)).await;
    }
}

/// A button was pressed. Its name may be followed by a value.
pub(crate) fn press(button: &str) {
    if button == "stop" {
        return leak::stop();
    }
    let button = button.to_owned();
    RUNNING.set(RUNNING.get() + 1);
    spawn_local(async move {
        let result = async { carry_out(&button).await.and(show().await) };
        if let Err(error) = result.await {
            page::set("message", &error.to_string());
        }
        RUNNING.set(RUNNING.get() - 1);
        if let (0, Some(waker)) = (RUNNING.get(), IDLE.take()) {
            waker.wake();
        }
    });
}

async fn carry_out(button: &str) -> Checked {
    let (name, value) = button.split_once(' ').unwrap_or((button, ""));
    let message = match name {
        "load" => {
            let file = FILES[NEXT.get()];
            NEXT.set((NEXT.get() + 1) % FILES.len());
            fetch!(GET "/lab/{file}", cache: Default).await?.into_result()?;
            format!("Loaded {file}.")
        }
        "again" => load_all(CacheMode::Default).await?,
        "ask" => load_all(CacheMode::NoCache).await?,
        "delete" => match cache::delete(value).await? {
            true => format!("Deleted {value}."),
            false => format!("{value} was not there."),
        },
        "clear" => format!("Deleted {}.", text::count(cache::clear().await?, "record")),
        "budget" => set_budget(value),
        "persist" => persist(),
        "start" => leak::measure().await?,
        _ => return Err(format!("there is no button {name:?}").into()),
    };
    page::set("message", &message);
    Ok(())
}

/// Requests each download that is cached. The key of a download is its URL.
async fn load_all(mode: CacheMode) -> Result<String, Box<dyn std::error::Error>> {
    let downloads = cache::keys("http").await?;
    for entry in &downloads {
        fetch!(GET &entry.key, cache: mode).await?.into_result()?;
    }
    Ok(match downloads.len() as u64 {
        0 => "No file is cached yet: load one first.".to_owned(),
        number => format!("Loaded {}.", text::count(number, "file")),
    })
}

/// Takes a number of kB; without one, there is no limit.
fn set_budget(kilobytes: &str) -> String {
    let bytes = kilobytes.parse::<u64>().ok().map(|number| number.saturating_mul(1000));
    cache::set_budget(bytes);
    match bytes {
        Some(bytes) => format!("The budget is {}, from the next download on.", text::bytes(bytes)),
        None => "Downloads have no budget.".to_owned(),
    }
}

/// Asks the browser, which may ask the user. So nothing waits for the answer.
fn persist() -> String {
    spawn_local(async {
        let answer = cache::persist().await;
        page::set("persisted", &answer.map_or_else(|error| error.to_string(), keeps));
    });
    "Asked the browser to keep the storage.".to_owned()
}

fn keeps(is_persisted: bool) -> String {
    let text = if is_persisted { "is kept" } else { "may go when the disk is full" };
    text.to_owned()
}

/// Shows what the cache holds, and the figures.
pub(crate) async fn show() -> Checked {
    // A stale response is refreshed in the background, which begins at once.
    loop {
        sleep(Duration::from_millis(5)).await;
        if stats().live == 0 {
            break;
        }
    }
    let entries = cache::keys("").await?;
    let size = entries.iter().map(|entry| entry.size).sum();
    let records = text::count(entries.len() as u64, "record");
    page::set("records", &format!("{records}, {}", text::bytes(size)));
    page::list(&entries);
    let Counts { hits, misses, revalidated, stale } = Counts::current();
    for (id, count) in
        [("hits", hits), ("misses", misses), ("revalidated", revalidated), ("stale", stale)]
    {
        page::set(id, &count.to_string());
    }
    match cache::usage().await {
        Ok(usage) => page::usage(usage),
        Err(error) => page::set("usage", &error.to_string()),
    }
    Ok(())
}

/// Shows whether the storage is kept.
pub(crate) async fn show_persistence() {
    let answer = cache::persisted().await;
    page::set("persisted", &answer.map_or_else(|error| error.to_string(), keeps));
}

/// Shows all of it once a second: records grow older, and other tabs change the cache.
pub(crate) async fn watch() -> Checked {
    show_persistence().await;
    page::set("message", "Ready");
    loop {
        idle().await;
        show().await?;
        sleep(Duration::from_secs(1)).await;
    }
}

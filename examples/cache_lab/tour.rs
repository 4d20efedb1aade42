//! The tour: it presses the buttons, and checks what the page shows.

use fetch_runtime::cache;

use crate::leak::Leak;
use crate::{Checked, buttons, page};

/// A button; then the hits, the misses, and the revalidated and the stale responses since the
/// start; then the records.
type Step = (&'static str, [u32; 4], usize);

const LOADS: [Step; 5] = [
    ("load", [0, 1, 0, 0], 1),
    ("load", [0, 2, 0, 0], 2),
    // It is stale at once, and refreshed in the background when it is used.
    ("load", [0, 3, 0, 0], 3),
    ("again", [2, 3, 1, 1], 3),
    ("ask", [2, 3, 4, 1], 3),
];

pub(crate) async fn run() -> Checked {
    buttons::show_persistence().await;
    check(!page::shown("persisted").is_empty(), || "the page says what is kept".into())?;
    for step in LOADS {
        take(step).await?;
    }
    for (place, (name, size)) in [(0, ("hero.png", "60.0 kB")), (1, ("level-1.pak", "400 kB"))] {
        let row = page::shown_records().into_iter().nth(place).unwrap_or_default();
        let is_good = row.contains(name) && row.contains(size) && row.contains("s old");
        check(is_good, || format!("record {place}: {row}"))?;
    }
    check(page::shown("records") == "3 records, 462 kB", || page::shown("records"))?;
    let usage = page::shown("usage");
    let is_known = match cache::usage().await {
        Ok(_) => usage.starts_with(char::is_numeric),
        Err(reason) => usage == reason.to_string(),
    };
    check(is_known, || format!("usage: {usage}"))?;

    let rows = page::shown_records();
    let hero = rows[0].split([' ', ',']).next().unwrap_or_default();
    take((&format!("delete {hero}"), [2, 3, 4, 1], 2)).await?;
    check(page::shown("message") == format!("Deleted {hero}."), || page::shown("message"))?;

    // The next file is larger than the budget: it stays, and all others go.
    page::enter_budget("500");
    take(("budget", [2, 3, 4, 1], 2)).await?;
    take(("load", [2, 4, 4, 1], 1)).await?;
    // This one must not be stored.
    take(("load", [2, 5, 4, 1], 1)).await?;
    page::enter_budget("");
    take(("budget", [2, 5, 4, 1], 1)).await?;
    take(("load", [2, 6, 4, 1], 2)).await?;
    take(("load", [2, 7, 4, 1], 3)).await?;

    press("persist").await;
    check(page::shown("message").starts_with("Asked"), || page::shown("message"))?;

    press("start").await;
    let leak = Leak::current();
    check(leak.is_as_promised(), || leak.to_string())?;
    page::check_layout().await?;
    println!("ok     all fits, and all can be read");

    take(("clear", [2, 7, 4, 1], 0)).await?;
    check(page::shown("message") == "Deleted 4 records.", || page::shown("message"))?;
    // What a person sees first.
    page::enter_budget("2000");
    take(("budget", [2, 7, 4, 1], 0)).await?;
    for (records, misses) in (1..=4).zip(8..) {
        take(("load", [2, misses, 4, 1], records)).await?;
    }
    Ok(())
}

/// Presses a button, and waits until it has been carried out.
async fn press(button: &str) {
    page::press(button);
    buttons::idle().await;
}

/// Presses a button, and checks the figures and the number of the records.
async fn take((button, figures, records): (&str, [u32; 4], usize)) -> Checked {
    press(button).await;
    let shown = ["hits", "misses", "revalidated", "stale"].map(page::shown);
    let found = page::shown_records().len();
    let is_good = shown == figures.map(|figure| figure.to_string()) && found == records;
    let [hits, misses, revalidated, stale] = shown;
    check(is_good, || {
        format!(
            "{button}: {hits} hits, {misses} misses, {revalidated} revalidated, {stale} stale; \
             {found} records"
        )
    })
}

fn check(is_good: bool, line: impl FnOnce() -> String) -> Checked {
    let line = line();
    if !is_good {
        return Err(line.into());
    }
    println!("ok     {line}");
    Ok(())
}

//! Requests whose handlers have not been called: a test that ends before them has shown nothing of
//! what they assert.

use super::player::with;
use crate::sys::backend::engine;
use crate::{Stats, stats};

/// So many are named.
const NAMED: usize = 5;

/// What to say of them; none if all have been called since the script was installed.
pub(super) fn fault() -> Option<String> {
    if !engine::is_alive() {
        return None;
    }
    let mut keys: Vec<_> = engine::with(|owner| owner.in_flight.keys().copied().collect());
    keys.sort_unstable();
    let (names, before) = with(|state| {
        let names: Vec<_> = keys.iter().take(NAMED).map(|key| state.shown(*key)).collect();
        (names, state.uncalled)
    })?;
    // Those that are closed and wait for the event loop: they were aborted, or never got far.
    let over = uncalled(&stats()).saturating_sub(before + keys.len() as u64);
    let more = (keys.len() - names.len()) as u64;
    let count = keys.len() as u64 + over;
    if count == 0 {
        return None;
    }
    let others = [(more, "in flight"), (over, "aborted, or over before it was sent")];
    let others = others
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"));
    let list: Vec<_> = names.into_iter().chain(others).collect();
    let (handlers, were) =
        if count == 1 { ("the handler of a request", "was") } else { ("handlers", "were") };
    Some(format!(
        "native::script: {handlers} {were} not called before the script was dropped: {}. Call \
         `fetch_runtime::run()` before it is dropped; what is held needs `Script::release` or `Fetch::abort` first",
        list.join(", ")
    ))
}

/// How many requests of this thread have started whose handlers have not been called.
pub(super) fn uncalled(stats: &Stats) -> u64 {
    stats.started.saturating_sub(stats.completed)
}

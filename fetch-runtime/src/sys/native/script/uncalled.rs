//! Requests whose handlers have not been called, so that the assertions of these handlers have not
//! run.

use super::driver::State;
use crate::sys::native::engine;
use crate::{Stats, stats};

/// How many requests are named.
const NAMED: usize = 5;

/// A description of these requests. `before` of them were uncalled when the script was installed.
/// `None` if there are no others.
pub(super) fn fault(state: &State, before: u64) -> Option<String> {
    if !engine::is_alive() {
        return None;
    }
    let in_flight = engine::with(|engine| engine.machine.in_flight());
    let names: Vec<_> = in_flight.iter().take(NAMED).map(|id| state.describe(*id)).collect();
    // Closed requests that wait for the event loop: they were aborted, or ended before they were
    // sent.
    let over = uncalled(&stats()).saturating_sub(before + in_flight.len() as u64);
    let more = (in_flight.len() - names.len()) as u64;
    let count = in_flight.len() as u64 + over;
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
         `fetch_runtime::run()` before it is dropped. A held request needs `Script::release` or \
         `Fetch::abort` first",
        list.join(", ")
    ))
}

/// How many requests of this thread have started whose handlers have not been called.
pub(super) fn uncalled(stats: &Stats) -> u64 {
    stats.started.saturating_sub(stats.completed)
}

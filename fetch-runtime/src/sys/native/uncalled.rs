//! Says what a thread leaves in flight when it ends, for who has forgotten to call `run`. Debug
//! builds alone do.

use std::collections::HashMap;
use std::io::{self, Write};

use super::machine::event::Key;
use super::machine::fetch::InFlight;
use crate::stats;

/// So many are named.
const NAMED: usize = 3;

pub(super) fn warn(in_flight: &HashMap<Key, InFlight>) {
    let stats = stats();
    // Some are closed, and their handlers wait for the event loop; and C's are counted when they
    // end.
    let count = stats.started.saturating_sub(stats.completed).max(in_flight.len() as u64);
    if count == 0 {
        return;
    }
    let mut in_order: Vec<_> = in_flight.iter().collect();
    in_order.sort_unstable_by_key(|(key, _)| **key);
    let mut names: Vec<_> =
        in_order.into_iter().take(NAMED).map(|(_, fetch)| fetch.name()).collect();
    if names.len() as u64 != count {
        names.push("…".to_owned());
    }
    let requests = if count == 1 { "request" } else { "requests" };
    // Not `eprintln`, which panics where there is no stderr.
    let _ = writeln!(
        io::stderr(),
        "fetch-runtime: a thread ends before {count} {requests} of it, whose handlers are never called: {}. Call \
         fetch_runtime::run() before its end, or poll() until they are over.",
        names.join(", ")
    );
}

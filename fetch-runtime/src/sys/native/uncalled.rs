//! Warns of requests that a thread leaves in flight when it ends: its program may have forgotten to
//! call `run`. Only debug builds warn.

use std::io::{self, Write};

use super::machine::Machine;
use crate::counters::Counters;

/// How many requests are named.
const NAMED: usize = 3;

pub(super) fn warn(machine: &Machine) {
    let counters = Counters::current();
    let in_flight = machine.in_flight();
    // Some are closed, and their handlers wait for the event loop. Those of C code are counted when
    // they end.
    let count = (counters.begun + counters.never_begun)
        .saturating_sub(counters.completed)
        .max(in_flight.len() as u64);
    if count == 0 {
        return;
    }
    let mut names: Vec<_> = in_flight
        .into_iter()
        .take(NAMED)
        .filter_map(|id| machine.fetch(id).map(|fetch| fetch.name()))
        .collect();
    if names.len() as u64 != count {
        names.push("…".to_owned());
    }
    let (requests, handlers) =
        if count == 1 { ("request", "its handler is") } else { ("requests", "their handlers are") };
    // Not `eprintln`, which panics where there is no stderr.
    let _ = writeln!(
        io::stderr(),
        "fetch-runtime: a thread has ended with {count} {requests} in flight, and {handlers} never \
         called: {}. Call fetch_runtime::run() before the thread ends, or poll() until all are \
         over.",
        names.join(", ")
    );
}

//! Drivers: the side of the backend that does the machine's I/O.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::machine::Machine;
use super::machine::event::FetchId;
use super::machine::exchange::Exchange;
use super::machine::fetch::Fetch;
use super::machine::output::Thrown;
use super::machine::task::Task;

pub(super) trait Driver {
    /// Begins a transfer, whose events follow.
    ///
    /// # Errors
    /// If JavaScript would throw.
    fn send(&mut self, fetch: &Fetch, exchange: Exchange) -> Result<(), Thrown>;

    /// Begins a task of the cache, whose result follows as an event.
    ///
    /// # Errors
    /// If there is no cache: with the task.
    fn cache(&mut self, fetch: &Fetch, task: Task) -> Result<(), Task>;

    /// Replaces the text of an entry, if it still has the old one. Without a new one, only its body
    /// is left.
    fn update_entry(&mut self, _key: String, _old: String, _new: Option<String>) {}

    /// Ends a transfer. Its events are not wanted any more.
    fn cancel(&mut self, id: FetchId);

    /// The time by which timers are due.
    fn now(&self) -> Instant;

    /// The time at which a timer starts that is set now, for this fetch or for none.
    fn start_time(&self, _: Option<FetchId>) -> Instant {
        self.now()
    }

    /// Queues the steps of the events that have come. `false` if no more will come by themselves.
    fn poll(&mut self, wait: Wait, machine: &mut Machine) -> bool;

    /// Whether another turn makes progress, without any event from outside.
    fn advances_by_turns(&self) -> bool {
        false
    }

    /// Whether everything that was begun is over, so that another driver can take its place.
    fn is_over(&mut self, _: &Machine) -> bool {
        false
    }
}

/// The time of a driver in seconds since 1970.
pub(super) fn unix_time(now: Instant) -> u64 {
    let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (real + now.saturating_duration_since(Instant::now())).as_secs()
}

/// The event that a poll waits for.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    Nothing,
    /// An event, but not beyond the next timer.
    Event(Option<Instant>),
    /// The same, while the thread is blocked on this fetch.
    #[cfg_attr(not(feature = "script"), allow(dead_code))]
    Blocked(FetchId, Option<Instant>),
}
